"""Mapping of a function over batches on the cores of a CPU."""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import torch

__all__ = ["map_in_threads"]

# The threads of OpenMP do not survive a fork; a child that waits for them would hang.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=functools.partial(torch.set_num_threads, 1))

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Apply a function to items in parallel, one item per core; results keep the order of the items.

    Cores that share the operations of one item wait for each other. Therefore as many items as PyTorch has threads are
    processed at a time, each on one thread. A single item uses all threads. Meanwhile, new threads elsewhere start with
    one PyTorch thread.

    Args:
        function: called in other threads.
        items: read lazily in the calling thread.

    Yields:
        Results, in order.
    """
    items = iter(items)
    first = list(islice(items, 2))
    if len(first) < 2:
        yield from map(function, first)
        return
    n_threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,))
    pending: deque[Future[Result]] = deque()
    try:
        for item in chain(first, items):
            pending.append(pool.submit(function, item))
            if len(pending) > n_threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(n_threads)  # threads that start later take this value
