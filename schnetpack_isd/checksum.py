"""Checksums of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tqdm import tqdm

__all__ = ["sha256"]


def sha256(path: Path) -> str:
    """SHA-256 of a file; from 1 GiB on with a progress bar."""
    checksum, size = hashlib.sha256(), path.stat().st_size
    bar = {"desc": f"checksum of {path.name}", "disable": size < 1 << 30, "leave": False}
    with path.open("rb") as raw, tqdm.wrapattr(raw, "read", size, **bar) as file:
        while block := file.read(1 << 20):
            checksum.update(block)
    return checksum.hexdigest()
