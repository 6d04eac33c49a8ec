"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fasteners import InterProcessLock

__all__ = ["one_at_a_time", "refuse_existing", "written_aside"]


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Keep what is there unless it is to be replaced.

    Raises:
        FileExistsError: it exists and is not to be overwritten.
    """
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists; it is replaced only on demand (`--force`), in Python with `overwrite`.")


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is making a file; it does not keep threads of a process apart.

    Args:
        path: the file; a hidden lock file is beside it meanwhile.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path_of_lock = path.with_name(f".{path.name}.lock")
    lock = _acquire(path_of_lock)
    try:
        yield
    finally:
        with suppress(PermissionError):  # Windows removes no file that is open
            path_of_lock.unlink()
        lock.release()


def _acquire(path: Path) -> InterProcessLock:
    while True:
        lock = InterProcessLock(str(path))
        lock.acquire()
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(lock.lockfile.fileno())):
                return lock
        lock.release()  # of a file that the process before has removed meanwhile


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
