"""Imports without Python's garbage collector.

PyTorch and SchNetPack make about a million objects when they are imported, and all of them stay. The collector
looks at them again and again in search of cycles, which takes almost a fifth of the time of the import.
``benchmarks/startup.py`` measures the start of a process.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector if it runs; also a decorator."""
    runs = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if runs:
            gc.enable()
