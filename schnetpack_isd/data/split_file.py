"""Split files."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from schnetpack_isd.metadata import open_database
from schnetpack_isd.utils.files import atomic_write, process_lock

from .splitting import MoleculeSplit

__all__ = ["read_split", "write_split"]


def write_split(splitting: MoleculeSplit, datapath: str, path: str | os.PathLike[str]) -> tuple[int, int, int]:
    """Write a split file as SchNetPack does, with the rows of the parts as `train_idx`, `val_idx` and `test_idx`.

    Args:
        splitting: the split.
        datapath: converted database.
        path: file to write, ending in ``.npz``.

    Returns:
        Sizes of the parts.

    Raises:
        FileExistsError: the file exists.
        ValueError: the name does not end in ``.npz``, or the database cannot be read or split.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"{path}: the name of a split file must end in .npz.")
    dataset = open_database(datapath)
    train, val, test = splitting.split(dataset, *splitting.sizes(dataset))
    with process_lock(path):
        if path.exists():
            raise FileExistsError(f"{path} exists.")
        with atomic_write(path) as temporary:
            np.savez(temporary, train_idx=train, val_idx=val, test_idx=test)
    return len(train), len(val), len(test)


def read_split(path: str | os.PathLike[str], n_rows: int) -> tuple[list[int], list[int], list[int]]:
    """Read a split file, and check that it fits a database.

    Args:
        path: file that a training or :func:`write_split` has written.
        n_rows: number of rows of the database.

    Returns:
        Row numbers, from 0, of the training, validation and test parts.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: it is not a split file, or has rows that the database does not have.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file.")
    try:
        with np.load(path) as split:
            train, val, test = (split[name].astype(int).tolist() for name in ("train_idx", "val_idx", "test_idx"))
    except (KeyError, ValueError, TypeError, AttributeError, EOFError, BadZipFile) as error:
        raise ValueError(
            f"{path} is not a split file (an .npz with train_idx, val_idx and test_idx); trainings and `spkisd split` "
            "write them."
        ) from error
    largest = max(train + val + test, default=0)
    if largest >= n_rows:
        raise ValueError(
            f"{path} has row {largest}, but the database has {n_rows} rows: it is the split of another database."
        )
    return train, val, test
