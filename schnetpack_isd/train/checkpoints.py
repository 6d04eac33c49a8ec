"""Damaged checkpoints."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from schnetpack_isd.utils.files import atomic_write

__all__ = ["replace_damaged_checkpoint"]

LAST = "last.ckpt"
"""Checkpoint from which SchNetPack resumes a run."""


def replace_damaged_checkpoint(folder: Path) -> None:
    """Replace the last checkpoint of a run, if it is damaged, by the newest intact one.

    The damaged file is kept as ``last.ckpt.damaged``.

    Args:
        folder: folder of the checkpoints.

    Raises:
        ValueError: no checkpoint is intact.

    Warns:
        UserWarning: the last checkpoint was damaged.
    """
    last = folder / LAST
    if not last.is_file() or _is_intact(last):
        return
    others = sorted((path for path in folder.glob("*.ckpt") if path != last), key=lambda path: -path.stat().st_mtime)
    intact = next(filter(_is_intact, others), None)
    if intact is None:
        raise ValueError(
            f"{last} is damaged, and there is no other intact checkpoint. Begin a run with another `run.id`."
        )
    last.rename(folder / f"{LAST}.damaged")
    with atomic_write(last) as temporary:
        shutil.copyfile(intact, temporary)
    warnings.warn(f"{last} is damaged; the run continues from {intact.name} instead.", stacklevel=2)


def _is_intact(path: Path) -> bool:
    """Return whether a checkpoint, which is a zip archive, has the checksums that it should."""
    try:
        with ZipFile(path) as archive:
            return archive.testzip() is None
    except (BadZipFile, OSError, EOFError):
        return False
