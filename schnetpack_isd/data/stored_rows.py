"""Read-only access to the rows of ASE databases (SQLite), without ASE, which would write to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd import properties

from .databases import Databases, connect_to_read

__all__ = [
    "StoredRow",
    "molecule_ids",
    "read_distance_unit",
    "stored_rows",
    "unpack_structure",
]


@dataclass(frozen=True)
class StoredRow:
    """A row without its data.

    Attributes:
        id: its number, from 1, in all databases.
        numbers: (n_atoms,) atomic numbers.
        positions: (n_atoms, 3) positions.
        cell: (3, 3) cell.
        pbc: periodic or not, along the three cell vectors.
        keys: its key-value pairs.
    """

    id: int
    numbers: NDArray[np.int32]
    positions: NDArray[np.float64]
    cell: NDArray[np.float64]
    pbc: list[bool]
    keys: dict[str, Any]


def stored_rows(datapath: str | PathLike) -> Iterator[StoredRow]:
    """Iterate over the rows of a database, or of a list of databases, in their order."""
    columns = "numbers, positions, cell, pbc, key_value_pairs"
    for row, numbers, positions, cell, pbc, keys in _select(columns, datapath):
        yield StoredRow(row, *unpack_structure(numbers, positions, cell, pbc), json.loads(keys))


def _select(columns: str, datapath: str | PathLike) -> Iterator[tuple[Any, ...]]:
    """Yield the number of each row, from 1, and columns of it."""
    databases = Databases.of(datapath)
    for path, start in zip(databases.paths, (0, *databases.ends), strict=False):
        with closing(connect_to_read(path)) as connection:
            yield from connection.execute(f"SELECT id + {start}, {columns} FROM systems ORDER BY id")


def unpack_structure(
    numbers: bytes, positions: bytes, cell: bytes, pbc: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], list[bool]]:
    """Return atomic numbers, positions, cell and periodicity from their columns."""
    return (
        np.frombuffer(numbers, np.int32),
        np.frombuffer(positions).reshape(-1, 3),
        np.frombuffer(cell).reshape(3, 3),
        [bool(pbc & bit) for bit in (1, 2, 4)],
    )


def read_distance_unit(datapath: str | PathLike) -> str:
    """Return the unit of the positions, Å unless SchNetPack's metadata have another one."""
    with closing(connect_to_read(datapath)) as connection:
        found = connection.execute("SELECT value FROM information WHERE name = 'metadata'").fetchone()
    return json.loads(found[0]).get("_distance_unit", "Ang") if found else "Ang"


def molecule_ids(datapath: str | PathLike) -> list[int]:
    """Return the molecule id of each row of a database, or of a list of databases.

    Raises:
        ValueError: a row has none.
    """
    ids = []
    for row, keys in _select("key_value_pairs", datapath):
        found = json.loads(keys).get(properties.molecule_id)
        if found is None:
            raise ValueError(
                f"{datapath}: row {row} has no `molecule_id`; make databases of spectra with `spkisd convert`."
            )
        ids.append(int(found))
    return ids
