"""Request for an evaluation of models on a database."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase import Atoms
from ase.db import connect
from schnetpack.transform import Transform

from schnetpack_isd.data import open_database, read_split
from schnetpack_isd.data.databases import Databases
from schnetpack_isd.data.stored_rows import molecule_ids
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.transform import RandomDirections
from schnetpack_isd.utils.rdkit import perceive_bonds
from schnetpack_isd.vectors import CARTESIAN

from .bands import check_bands

__all__ = ["EvaluationRequest"]


@dataclass(frozen=True)
class EvaluationRequest:
    """Spectra of a database on which models are evaluated.

    Attributes:
        database: converted database, or a list of databases (:class:`~schnetpack_isd.data.JoinedData`).
        split: split file of the training. Its test part is evaluated, and the mean spectrum of its training part is the
            baseline. If None, all rows serve as both.
        random_directions: number of random directions for each molecule; the directions of the database if None.
        molecules: ids of the molecules to draw; after construction, a tuple.
        bands: edges in eV, ascending, of the bands of energy of the report; if None, five equal parts of the axis.

    Raises:
        ValueError: there are fewer than two edges of bands, or they do not ascend.
    """

    database: str | os.PathLike[str]
    split: str | os.PathLike[str] | None = None
    random_directions: int | None = None
    molecules: Sequence[int] = ()
    bands: Sequence[float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "molecules", tuple(self.molecules))
        if self.bands is not None:
            object.__setattr__(self, "bands", tuple(map(float, self.bands)))
            check_bands(self.bands)

    def check(self) -> None:
        """Check that the database has what is requested, and that its molecules can be drawn.

        Raises:
            FileNotFoundError: the database or the split file does not exist.
            ImportError: a molecule is to be drawn, and RDKit is not installed.
            ValueError: the database or the split file cannot be read, a molecule is not among the rows to evaluate or
                cannot be drawn, the database does not have the tensors that random directions need, or bands of energy
                are not on its axis.
        """
        rows, _ = self.rows()
        if self.bands is not None:
            check_bands(self.bands, np.asarray(self._metadata.settings.energies))
        if self.random_directions is not None and not self.has_tensors():
            raise ValueError(
                f"{self.database} has no tensors, which random directions need: convert stick spectra with transition "
                "dipoles and `--tensor`."
            )
        for molecule_id in self.molecules:
            row, atoms = self.structure(molecule_id)
            if row not in rows:
                raise ValueError(f"Molecule {molecule_id} is not in the test part of {self.split}.")
            if self.is_along_axes():
                _check_drawable(molecule_id, atoms)

    def rows(self) -> tuple[list[int], list[int]]:
        """Return the rows to evaluate, and those whose mean spectrum is the baseline, from 0.

        Raises:
            FileNotFoundError: the database or the split file does not exist.
            ValueError: it is not a split file, or belongs to another database.
        """
        if self.split is None:
            n_rows = len(open_database(self.database))
            return list(range(n_rows)), list(range(n_rows))
        train, _, test = read_split(self.split, self.database)
        return test, train

    def transforms(self) -> list[Transform]:
        """Return the transforms that replace the directions of the database."""
        return [] if self.random_directions is None else [RandomDirections(self.random_directions)]

    def structure(self, molecule_id: int) -> tuple[int, Atoms]:
        """Return row number, from 0, and structure of a molecule.

        Raises:
            ValueError: the database does not have the molecule.
        """
        try:
            row = molecule_ids(self.database).index(molecule_id)
        except ValueError as error:
            raise ValueError(f"{self.database} has no molecule {molecule_id}.") from error
        path, number = Databases.of(self.database).locate(row)
        return row, connect(str(path)).get(number + 1).toatoms()

    def is_along_axes(self) -> bool:
        """Return whether the spectra are along x, y and z."""
        return self.random_directions is None and self._metadata.settings.directions == CARTESIAN

    def has_tensors(self) -> bool:
        """Return whether the database has the tensors of its sites, and with them the spectra along any direction."""
        return self._metadata.settings.tensor

    def omission_notes(self) -> tuple[str, ...]:
        """Return the reasons why some figures of molecules are left out."""
        notes = []
        if self.molecules and not self.is_along_axes():
            notes.append("Spectra of the sites of molecules are drawn along x, y and z only; this figure is left out.")
        if self.molecules and not self.has_tensors():
            notes.append(f"{self.database} has no tensors (`--tensor`); the figure of rotated directions is left out.")
        return tuple(notes)

    @cached_property
    def _metadata(self) -> DatabaseMetadata:
        return DatabaseMetadata.read(open_database(self.database))


def _check_drawable(molecule_id: int, atoms: Atoms) -> None:
    try:
        perceive_bonds(atoms)
    except ValueError as error:
        raise ValueError(f"Molecule {molecule_id} cannot be drawn: RDKit finds no bonds ({error}).") from error
