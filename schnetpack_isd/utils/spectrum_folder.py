"""Outputs that are a file for one spectrum, and a folder of files for several."""

from __future__ import annotations

from pathlib import Path

from .files import refuse_existing
from .xdi import APPLICATION

__all__ = ["check_replaceable", "file_name", "make_room"]

HEADER_BYTES = 2000
"""Bytes at the beginning of a text file of this package that have its name."""


def check_replaceable(path: Path, overwrite: bool) -> None:
    """Check that an output does not exist, or may be overwritten and holds nothing but spectra of this package.

    Raises:
        FileExistsError: it exists and must not be overwritten, or it is a folder with other files.
    """
    refuse_existing(path, overwrite)
    if path.is_dir() and not all(_is_ours(entry) for entry in path.iterdir()):
        raise FileExistsError(f"{path} is a folder with files other than spectra of this package; it is not replaced.")


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return APPLICATION.encode() in file.read(HEADER_BYTES)


def make_room(path: Path, temporary: Path) -> None:
    """Move an output that exists into the folder of a temporary file if that is needed to replace it.

    A folder does not replace a file, nor a file a folder. The folder of the temporary file is removed later; see
    :func:`~schnetpack_isd.utils.files.atomic_write`.
    """
    if path.is_dir() or (path.exists() and temporary.is_dir()):
        path.rename(temporary.with_name("replaced"))


def file_name(name: str) -> str:
    """Return a name as that of a file, with underscores for letters that not every file system allows."""
    return "".join(letter if letter.isalnum() or letter in "_-.+()[]" else "_" for letter in name)
