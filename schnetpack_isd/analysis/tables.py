"""Files of tables."""

from __future__ import annotations

import os
from pathlib import Path

from schnetpack_isd.utils.files import check_output

__all__ = ["check_table"]

ENDINGS = (".csv", ".json")


def check_table(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Check that a table can be written.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is neither .csv nor .json.
    """
    check_output(path, overwrite)
    if Path(path).suffix not in ENDINGS:
        raise ValueError(f"{path}: the name of a table must end in one of {', '.join(ENDINGS)}.")
