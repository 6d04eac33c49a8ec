"""Batches on the cores of a CPU."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import torch

__all__ = ["keep_freed_memory", "map_in_threads"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def keep_freed_memory() -> None:
    """Have the process use memory of tensors again, rather than give it back to the system and ask for it again.

    glibc keeps up to twice the size of the largest block that was ever freed, of up to 32 MiB (mallopt(3), on the
    dynamic threshold); other C libraries take no notice.
    """
    torch.empty(31 << 20, dtype=torch.uint8)


def map_in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Apply a function to items, each core to one of its own; results come in the order of the items.

    Cores that share the operations of one item wait for each other. As many items as PyTorch has threads are in work
    at a time, each on one; a single item is done on all of them, as far as its operations can.

    Args:
        function: what to do; it is called in other threads.
        items: read in this thread, as they are needed: two at first, and no more than one ahead of the threads.

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
        torch.set_num_threads(n_threads)  # what threads that start later take
