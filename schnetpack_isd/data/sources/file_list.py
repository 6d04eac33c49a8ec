"""Lists of files with checksums, for data that grow by further files."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pooch import file_hash

__all__ = ["is_file_list", "read_file_list"]

LINE = re.compile(r"([0-9a-f]{64})[ \t]+\*?(.+)")


def is_file_list(path: str | os.PathLike[str]) -> bool:
    """Return whether a name is that of a list, by its ending ``.sha256``."""
    return Path(path).suffix == ".sha256"


def read_file_list(path: str | os.PathLike[str]) -> list[Path]:
    """Read a list as ``sha256sum FILE... > LIST.sha256`` writes it, and compare the files with their checksums.

    Args:
        path: the list. Relative names in it start from its folder.

    Returns:
        The files.

    Raises:
        FileNotFoundError: the list or one of its files does not exist.
        ValueError: a line is not a checksum with a name, a file has another checksum, or the list is empty.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file.")
    files = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{path}, line {number}: a SHA-256 checksum and the name of a file were expected.")
        file = path.parent / match[2]
        if not file.exists():
            raise FileNotFoundError(f"{file}: no such file; it is listed in {path}, line {number}.")
        if file_hash(str(file)) != match[1]:
            raise ValueError(f"{file} has another SHA-256 than {path} has in line {number}; has it changed?")
        files.append(file)
    if not files:
        raise ValueError(f"{path}: there is no file in this list.")
    return files
