"""Work in several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["ONE_THREAD", "map_in_order", "new_environment", "process_pool"]

Item = TypeVar("Item")
Result = TypeVar("Result")

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
"""Environment of a worker: more threads than cores wait for each other. NumPy reads it when it is imported."""


@contextmanager
def new_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Change the environment that new processes get."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def process_pool(workers: int, start: Callable[..., None], *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """Provide processes with one thread each, which end with this process, and leave Ctrl-C to it.

    On Linux, they are forked from one process that has imported the module of `start`, which saves time and memory.

    Args:
        workers: number of processes.
        start: function that each process calls first.
        *arguments: its arguments.
    """
    context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
    context.set_forkserver_preload([start.__module__])
    with new_environment(ONE_THREAD):
        pool = ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=(start, *arguments))
        try:
            with _blocked_interrupts():
                for _ in range(workers):
                    pool.submit(int)  # starts a process
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _blocked_interrupts() -> Iterator[None]:
    """Block Ctrl-C where the system can, for processes that are started here; one comes through afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(start: Callable[..., None], *arguments: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    start(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def map_in_order(
    pool: Executor, function: Callable[[Item], Result], items: Iterable[Item], ahead: int
) -> Iterator[Result]:
    """Yield the results for items in their order, as `map` does; errors come in the same order.

    Args:
        pool: the processes.
        function: function to call; it, the items and the results are pickled.
        items: they are taken as far as necessary.
        ahead: number of items that are taken before the first result is.
    """
    remaining, pending = iter(items), deque[Future[Result]]()

    def submit() -> bool:
        try:
            pending.append(pool.submit(function, next(remaining)))
        except StopIteration:
            return False
        except Exception as error:  # of the items: it must not overtake those of earlier results
            pending.append(Future())
            pending[-1].set_exception(error)
            return False
        return True

    more = all(submit() for _ in range(ahead))
    while pending:
        yield pending.popleft().result()
        more = more and submit()
