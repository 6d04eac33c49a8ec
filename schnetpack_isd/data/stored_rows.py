"""Read-only access to the rows of an ASE database (SQLite), without ASE, which would write to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd import properties

__all__ = [
    "StoredRow",
    "connect_to_read",
    "count_rows",
    "molecule_ids",
    "read_distance_unit",
    "stored_rows",
    "unpack_structure",
]


@dataclass(frozen=True)
class StoredRow:
    """A row without its data.

    Attributes:
        id: its number, from 1.
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


def connect_to_read(datapath: str | PathLike) -> sqlite3.Connection:
    """Connect to a database read-only."""
    return sqlite3.connect(f"{Path(datapath).resolve().as_uri()}?mode=ro", uri=True)


def stored_rows(datapath: str | PathLike) -> Iterator[StoredRow]:
    """Iterate over the rows in their order."""
    query = "SELECT id, numbers, positions, cell, pbc, key_value_pairs FROM systems ORDER BY id"
    with closing(connect_to_read(datapath)) as connection:
        for row, numbers, positions, cell, pbc, keys in connection.execute(query):
            yield StoredRow(row, *unpack_structure(numbers, positions, cell, pbc), json.loads(keys))


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


def count_rows(datapath: str | PathLike) -> int:
    """Return the number of rows."""
    with closing(connect_to_read(datapath)) as connection:
        return connection.execute("SELECT COUNT(*) FROM systems").fetchone()[0]


def read_distance_unit(datapath: str | PathLike) -> str:
    """Return the unit of the positions, Å unless SchNetPack's metadata have another one."""
    with closing(connect_to_read(datapath)) as connection:
        found = connection.execute("SELECT value FROM information WHERE name = 'metadata'").fetchone()
    return json.loads(found[0]).get("_distance_unit", "Ang") if found else "Ang"


def molecule_ids(datapath: str | PathLike) -> list[int]:
    """Return the molecule id of each row.

    Raises:
        ValueError: a row has none.
    """
    ids = []
    with closing(connect_to_read(datapath)) as connection:
        for row, keys in connection.execute("SELECT id, key_value_pairs FROM systems ORDER BY id"):
            found = json.loads(keys).get(properties.molecule_id)
            if found is None:
                raise ValueError(
                    f"{datapath}: row {row} has no `molecule_id`; make databases of spectra with `spkisd convert`."
                )
            ids.append(int(found))
    return ids
