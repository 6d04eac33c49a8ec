"""Request for an evaluation of models on a database."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from ase import Atoms
from ase.db import connect
from schnetpack.transform import Transform

from schnetpack_isd.data.splitting import read_split
from schnetpack_isd.metadata import DatabaseMetadata, open_database
from schnetpack_isd.transform import RandomDirections

__all__ = ["EvaluationRequest"]


@dataclass(frozen=True)
class EvaluationRequest:
    """Spectra of a database on which models are evaluated.

    Attributes:
        database: converted database.
        split: split file of the training. Its test part is evaluated, and the mean spectrum of its training part is the
            baseline. If None, all rows serve as both.
        random_directions: number of random directions for each molecule; the directions of the database if None.
        molecules: ids of the molecules to draw; after construction, a tuple.
    """

    database: str | os.PathLike[str]
    split: str | os.PathLike[str] | None = None
    random_directions: int | None = None
    molecules: Sequence[int] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "molecules", tuple(self.molecules))

    def check(self) -> DatabaseMetadata:
        """Check that the database exists and has the molecules; return its record.

        Raises:
            FileNotFoundError: the database does not exist.
            ValueError: it cannot be read, or does not have a molecule.
        """
        metadata = DatabaseMetadata.read(open_database(self.database))
        for molecule_id in self.molecules:
            if connect(str(self.database)).count(molecule_id=molecule_id) == 0:
                raise ValueError(f"{self.database} has no molecule {molecule_id}.")
        return metadata

    def rows(self) -> tuple[list[int], list[int]]:
        """Return the rows to evaluate, and those whose mean spectrum is the baseline, from 0.

        Raises:
            FileNotFoundError: the split file does not exist.
            ValueError: it is not a split file, or belongs to another database.
        """
        n_rows = len(open_database(self.database))
        if self.split is None:
            return list(range(n_rows)), list(range(n_rows))
        train, _, test = read_split(self.split, n_rows)
        return test, train

    def transforms(self) -> list[Transform]:
        """Return the transforms that replace the directions of the database.

        Raises:
            ValueError: the number of random directions is less than 1.
        """
        return [] if self.random_directions is None else [RandomDirections(self.random_directions)]

    def structure(self, molecule_id: int) -> tuple[int, Atoms]:
        """Return row number, from 0, and structure of a molecule."""
        row = connect(str(self.database)).get(molecule_id=molecule_id)
        return row.id - 1, row.toatoms()
