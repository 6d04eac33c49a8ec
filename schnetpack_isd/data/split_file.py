"""Split files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.utils.files import atomic_write, check_not_input, process_lock
from schnetpack_isd.utils.text import shorten

from .databases import Databases
from .joined_data import open_database
from .splitting import MoleculeSplit
from .stored_rows import molecule_ids

__all__ = ["read_split", "save_split", "write_split"]

PARTS = ("train_idx", "val_idx", "test_idx")
"""SchNetPack's names of the rows of the parts."""

IDENTITY = ("databases", "molecule_id", "structures_sha256")
"""Names of the databases, their molecules and their structures, to which the rows belong."""

ADVICE = "Make a split of this database with `spkisd split`."

Parts = tuple[list[int], list[int], list[int]]


def write_split(splitting: MoleculeSplit, datapath: str, path: str | os.PathLike[str]) -> tuple[int, int, int]:
    """Split a database, and write the split file.

    Args:
        splitting: the split.
        datapath: converted database, or a list of databases (:class:`~schnetpack_isd.data.JoinedData`).
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
    check_not_input(path, [datapath])
    dataset = open_database(datapath)
    parts = splitting.split(dataset, *splitting.sizes(dataset))
    with process_lock(path):
        if path.exists():
            raise FileExistsError(f"{path} exists; remove it, or give another name.")
        save_split(path, parts, datapath)
    train, val, test = parts
    return len(train), len(val), len(test)


def save_split(path: str | os.PathLike[str], parts: Sequence[Sequence[int]], datapath: str) -> None:
    """Save the rows of the parts as SchNetPack does, with the databases, ids of all molecules, and structures.

    Args:
        path: file to write or replace.
        parts: row numbers, from 0, of the training, validation and test parts.
        datapath: converted database, or list of databases, to which the rows belong.
    """
    arrays: dict[str, Any] = dict(zip(PARTS, parts, strict=True))
    arrays["databases"] = [database.name for database in Databases.of(datapath).paths]
    arrays["molecule_id"] = molecule_ids(datapath)
    if checksum := DatabaseMetadata.read(open_database(datapath)).structures_sha256:
        arrays["structures_sha256"] = checksum
    with atomic_write(Path(path)) as temporary:
        np.savez(temporary, **arrays)


def read_split(path: str | os.PathLike[str], datapath: str | os.PathLike[str]) -> Parts:
    """Read a split file, and check that it is of a database.

    Args:
        path: file that a training or :func:`write_split` has written.
        datapath: the database.

    Returns:
        Row numbers, from 0, of the training, validation and test parts.

    Raises:
        FileNotFoundError: the file or the database does not exist.
        ValueError: it is not a split file, has a row twice, or is the split of another database.
    """
    dataset = open_database(datapath)
    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file.")
    try:
        with np.load(path) as split:
            train, val, test = (split[name].astype(int).tolist() for name in PARTS)
            identity = {name: split[name] for name in IDENTITY if name in split}
    except (KeyError, ValueError, TypeError, AttributeError, EOFError, BadZipFile) as error:
        raise ValueError(
            f"{path} is not a split file (an .npz with train_idx, val_idx and test_idx); trainings and `spkisd split` "
            "write them."
        ) from error
    ids = molecule_ids(datapath)
    _check_rows(path, train + val + test, len(ids))
    _check_molecules(path, identity, datapath, ids)
    _check_structures(path, identity, datapath, DatabaseMetadata.read(dataset).structures_sha256)
    return train, val, test


def _check_rows(path: str | os.PathLike[str], rows: list[int], n_rows: int) -> None:
    if len(rows) == 0:
        raise ValueError(f"{path} has no rows.")
    if min(rows) < 0:
        raise ValueError(f"{path} has the row {min(rows)}; rows are numbered from 0.")
    if max(rows) >= n_rows:
        raise ValueError(
            f"{path} has row {max(rows)}, but the database has {n_rows} rows: it is the split of another database. "
            f"{ADVICE}"
        )
    found, counts = np.unique(rows, return_counts=True)
    if np.any(repeated := counts > 1):
        raise ValueError(f"{path} has rows in more than one part, or twice: {shorten(found[repeated].tolist())}.")


def _check_molecules(
    path: str | os.PathLike[str], identity: dict[str, NDArray], datapath: str | os.PathLike[str], ids: list[int]
) -> None:
    if "molecule_id" not in identity:
        return
    theirs = identity["molecule_id"].tolist()
    of_another = f"{path} is the split of another database"
    if "databases" in identity:
        of_another += f" ({shorten(identity['databases'].tolist())})"
    if len(theirs) != len(ids):
        raise ValueError(f"{of_another}, with {len(theirs)} molecules; {datapath} has {len(ids)}. {ADVICE}")
    for row, (one, other) in enumerate(zip(theirs, ids, strict=True)):
        if one != other:
            raise ValueError(
                f"{of_another}: row {row} was molecule {one}, in {datapath} it is molecule {other}. {ADVICE}"
            )


def _check_structures(
    path: str | os.PathLike[str],
    identity: dict[str, NDArray],
    datapath: str | os.PathLike[str],
    checksum: str | None,
) -> None:
    if "structures_sha256" in identity and checksum not in (None, str(identity["structures_sha256"])):
        raise ValueError(
            f"{path} is the split of a database that was made from other structures (SHA-256 "
            f"{str(identity['structures_sha256'])[:8]}...) than {datapath} ({checksum[:8]}...). {ADVICE}"
        )
