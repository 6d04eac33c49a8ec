"""HDF5 files of predicted spectra: one row per spectrum, written and read in blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.directions import ISOTROPIC, describe_label

from .record import PredictionRecord

__all__ = ["MOLECULE", "PredictedSpectrum", "SpectrumStore", "StoreWriter"]

FORMAT = "schnetpack-isd spectra 2"

MOLECULE = -1
"""Atom index of a molecular spectrum."""

BLOCK = 1024
"""Number of rows that are written or read at once."""


@dataclass(frozen=True)
class PredictedSpectrum:
    """One predicted spectrum, a row of a store.

    Attributes:
        structure: number of its structure in the input, from 0.
        formula: chemical formula of the structure.
        atom: index of the absorbing atom, from 0; :data:`MOLECULE` for a molecular spectrum.
        label: label of its direction, or ``isotropic``.
        direction: (3,) unit vector; NaN for an isotropic spectrum.
        error: estimated error of an isotropic spectrum; NaN for others.
        spectrum: (n_energies,) intensities.
    """

    structure: int
    formula: str
    atom: int
    label: str
    direction: NDArray
    error: float
    spectrum: NDArray

    @property
    def name(self) -> str:
        """Short name without spaces and commas."""
        where = "molecule" if self.atom == MOLECULE else f"atom{self.atom}"
        return f"{self.structure}_{self.formula}_{where}_{self.label}".replace(" ", "_")

    @property
    def description(self) -> str:
        """One line naming structure, atom and direction."""
        where = "molecule" if self.atom == MOLECULE else f"atom {self.atom}"
        if self.label == ISOTROPIC:
            along = f"isotropic, estimated error {self.error:.3g}"
        else:
            vector = "({:.6f} {:.6f} {:.6f})".format(*self.direction)
            along = f"{describe_label(self.label)}, unit vector {vector}"
        return f"structure {self.structure}, {self.formula}, {where}, {along}"


COLUMNS = tuple(field.name for field in fields(PredictedSpectrum))
"""Columns of a store, the attributes of :class:`PredictedSpectrum`."""


class StoreWriter:
    """Write predicted spectra to a new file; use it as a context manager."""

    def __init__(self, path: str | os.PathLike[str], energies: NDArray, record: PredictionRecord) -> None:
        """Begin a file.

        Args:
            path: the file.
            energies: (n_energies,) axis in eV.
            record: origin of the spectra.
        """
        text, n_energies = h5py.string_dtype(), len(energies)
        columns = {
            "structure": (np.int64, ()),
            "formula": (text, ()),
            "atom": (np.int64, ()),
            "label": (text, ()),
            "direction": (np.float64, (3,)),
            "error": (np.float32, ()),
            "spectrum": (np.float32, (n_energies,)),
        }
        self._file = h5py.File(path, "w")
        self._file.attrs["format"] = FORMAT
        self._file.attrs.update(record.to_attributes())
        self._file.create_dataset("energies", data=energies).attrs["units"] = record.energy_unit
        for name, (dtype, width) in columns.items():
            self._file.create_dataset(name, (0, *width), dtype, maxshape=(None, *width), chunks=(64, *width))
        self._file["spectrum"].attrs["units"] = record.intensity_unit
        self._rows: list[PredictedSpectrum] = []

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, exception_type: type[BaseException] | None, *_: object) -> None:
        try:
            if exception_type is None:
                self._flush()
        finally:
            self._file.close()

    def write(self, rows: Sequence[PredictedSpectrum]) -> None:
        """Append spectra."""
        self._rows += rows
        if len(self._rows) >= BLOCK:
            self._flush()

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        n_rows = len(self._file["structure"])
        for name in COLUMNS if rows else ():
            column = self._file[name]
            column.resize(n_rows + len(rows), axis=0)
            column[n_rows:] = [getattr(row, name) for row in rows]


class SpectrumStore:
    """Read a file of predicted spectra; use it as a context manager.

    Attributes:
        path: the file.
        record: origin of the spectra.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a file.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is not a file of predicted spectra.
        """
        self.path = Path(path)
        if not self.path.is_file():
            raise FileNotFoundError(f"{path}: no such file.")
        try:
            self._file = h5py.File(path)
        except OSError as error:
            raise ValueError(
                f"{path}: not a readable HDF5 file; `spkisd predict --output NAME.hdf5` writes such files."
            ) from error
        try:
            if self._file.attrs.get("format") != FORMAT:
                raise ValueError(f"{path} does not hold predicted spectra as `spkisd predict` writes them.")
            self.record = PredictionRecord.from_attributes(self._file.attrs, path)
        except ValueError:
            self._file.close()
            raise

    def __enter__(self) -> SpectrumStore:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._file["structure"])

    @property
    def energies(self) -> NDArray:
        """(n_energies,) axis in eV."""
        return self._file["energies"][:]

    def column(self, name: str) -> h5py.Dataset:
        """Return a column of the file, one of :data:`COLUMNS`."""
        return self._file[name]

    def rows(self) -> Iterator[PredictedSpectrum]:
        """Iterate over all spectra, reading a block of them at a time."""
        for start in range(0, len(self), BLOCK):
            blocks = [self._file[name][start : start + BLOCK] for name in COLUMNS]
            for structure, formula, atom, label, direction, error, spectrum in zip(*blocks, strict=True):
                yield PredictedSpectrum(
                    int(structure), formula.decode(), int(atom), label.decode(), direction, float(error), spectrum
                )
