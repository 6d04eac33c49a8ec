"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fasteners import InterProcessLock

__all__ = ["one_at_a_time", "written_aside"]


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is making a file.

    Args:
        path: the file; a hidden lock file beside it remains.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with InterProcessLock(path.with_name(f".{path.name}.lock")):
        yield


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A path to write to; what is there in the end is renamed, unless something was raised.

    What an interrupted process left behind is removed first. To be used under :func:`one_at_a_time`.

    Args:
        path: the file to make.
    """
    folder = path.with_name(f".{path.name}.part")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    try:
        yield folder / path.name
        os.replace(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
