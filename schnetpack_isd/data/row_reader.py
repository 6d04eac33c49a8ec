"""Fast reading of rows of ASE databases."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import schnetpack.properties as structure
import torch
from ase.db.core import bytes_to_object
from schnetpack.data import ASEAtomsData
from torch import Tensor
from torch.utils.data import Dataset

from .databases import Databases, connect_to_read
from .stored_rows import unpack_structure

__all__ = ["RowReader"]


class RowReader(Dataset):
    """Data set with the rows of SchNetPack's `ASEAtomsData`, read several times as fast.

    `ASEAtomsData` connects to the database for each row, and ASE builds an `AtomsRow`. This class connects once per
    process to each database, and reads only the columns that are needed. It caches nothing.
    """

    def __init__(self, dataset: ASEAtomsData) -> None:
        """Wrap a data set.

        Args:
            dataset: SchNetPack's data set, or several as one (:class:`~schnetpack_isd.data.JoinedData`), or a subset
                of it, with its transforms.
        """
        self.transforms = dataset.transforms
        self._dataset = dataset
        self._properties = dataset.load_properties
        self._databases = Databases.of(dataset.datapath)
        self._connections: dict[tuple[int, Path], sqlite3.Connection] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._dataset)

    def __getitem__(self, idx: int) -> dict[str, Tensor]:
        """Return a row after the transforms."""
        row = self._read(idx if self._dataset.subset_idx is None else self._dataset.subset_idx[idx])
        number = int(row[structure.idx])
        try:
            for transform in self.transforms:
                row = transform(row)
        except ValueError as error:
            raise ValueError(f"{self._dataset.datapath}, row {number}: {error}.") from error
        return row

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the connections, which belong to a process."""
        return self.__dict__ | {"_connections": {}}

    def _connect(self, path: Path) -> sqlite3.Connection:
        key = os.getpid(), path  # a forked worker must not use the connections of its parent
        if key not in self._connections:
            self._connections[key] = connect_to_read(path)
        return self._connections[key]

    def _read(self, idx: int) -> dict[str, Tensor]:
        path, number = self._databases.locate(idx)
        query = "SELECT numbers, positions, cell, pbc, data FROM systems WHERE id = ?"
        found = self._connect(path).execute(query, (number + 1,)).fetchone()
        if found is None:
            raise IndexError(f"{path} has no row {number}.")
        numbers, positions, cell, pbc = unpack_structure(*found[:4])
        values, conversions = bytes_to_object(found[4]), self._dataset.conversions
        length = self._dataset.distance_conversion
        row = {structure.idx: torch.tensor([idx])}
        for name in self._properties:
            row[name] = torch.tensor(values[name]) * conversions[name]
        row[structure.n_atoms] = torch.tensor([len(numbers)])
        if self._dataset.load_structure:
            row[structure.Z] = torch.tensor(numbers, dtype=torch.long)
            row[structure.R] = torch.tensor(positions) * length
            row[structure.cell] = torch.tensor(cell[None]) * length
            row[structure.pbc] = torch.tensor(pbc)
        return row
