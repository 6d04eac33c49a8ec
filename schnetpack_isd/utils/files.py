"""Atomic file writes and inter-process locking."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fasteners import InterProcessLock

__all__ = [
    "atomic_write",
    "check_input",
    "check_not_input",
    "check_output",
    "explain_full_disk",
    "process_lock",
    "refuse_existing",
    "reserve_space",
]

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
"""Errors of a full disk, of a file that is too large, and of a quota."""


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Check that a path does not exist, unless it may be overwritten.

    Raises:
        FileExistsError: the path exists and must not be overwritten.
    """
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists. Replace it with `--force`.")


def check_input(*paths: str | os.PathLike[str]) -> None:
    """Check that files exist.

    Raises:
        FileNotFoundError: one does not.
    """
    for path in paths:
        if Path(path).is_dir():
            raise FileNotFoundError(f"{path} is a folder; give a file in it.")
        if not Path(path).is_file():
            raise FileNotFoundError(f"{path}: no such file.")


def check_output(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Check that a file can be written.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
    """
    path = Path(path)
    refuse_existing(path, overwrite)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"Cannot write {path}: the folder {path.parent} does not exist.")


def check_not_input(
    output: str | os.PathLike[str], inputs: Iterable[object], others: Iterable[str | os.PathLike[str] | None] = ()
) -> None:
    """Check that an output is none of the inputs of a command, and none of its other outputs.

    Args:
        output: file or folder to write.
        inputs: files to read; anything that is not a path is ignored.
        others: the other outputs.

    Raises:
        ValueError: it is.
    """
    for path in inputs:
        if isinstance(path, str | os.PathLike) and _is_same(output, path):
            raise ValueError(f"{output} is an input of this command; give the output another name.")
    for path in others:
        if path is not None and _is_same(output, path):
            raise ValueError(f"{output} is the name of two outputs; give one of them another name.")


def _is_same(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    if Path(one).exists() and Path(other).exists():
        return Path(one).samefile(other)
    return Path(one).resolve() == Path(other).resolve()


@contextmanager
def process_lock(path: Path) -> Iterator[None]:
    """Lock a file against other processes that use this function; does not exclude threads of the same process.

    Args:
        path: the file. A hidden lock file lies beside it while the lock is held.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path_of_lock = path.with_name(f".{path.name}.lock")
    lock = _acquire(path_of_lock)
    try:
        yield
    finally:
        with suppress(PermissionError):  # Windows does not remove open files
            path_of_lock.unlink()
        lock.release()


def _acquire(path: Path) -> InterProcessLock:
    while True:
        lock = InterProcessLock(str(path))
        lock.acquire()
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(lock.lockfile.fileno())):
                return lock
        lock.release()  # the previous process has removed this lock file


def reserve_space(path: Path, n_bytes: int) -> None:
    """Check that a file can grow, for writers that do not survive a full disk.

    The space is taken by another file beside it, which is removed at once.

    Args:
        path: the file, which may not exist yet.
        n_bytes: number of bytes to be added.

    Raises:
        OSError: there is no room, or the file would be too large.
    """
    size = path.stat().st_size if path.exists() else 0
    scratch = path.with_name(f".{path.name}.space")
    try:
        with scratch.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), size, n_bytes)
            else:
                file.seek(size)
                file.write(bytes(n_bytes))
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def explain_full_disk(path: Path) -> Iterator[None]:
    """Name the output in errors of a full disk.

    Args:
        path: file that is being written.

    Raises:
        OSError: there is no room, or the file would be too large.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise OSError(f"Cannot write {path}: {os.strerror(error.errno)}. Free some space, and try again.") from error


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Provide a temporary path, which replaces the given path on success and is discarded on failure.

    Leftovers of an interrupted process are removed first. Use it under :func:`process_lock`.

    Args:
        path: the file to write.
    """
    folder = path.with_name(f".{path.name}.part")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    try:
        with explain_full_disk(path):
            yield folder / path.name
            os.replace(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
