"""Predicted spectra in HDF5: one row a spectrum, as many as there are, without holding them in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

__all__ = ["COLUMNS", "Row", "SpectrumStore", "StoreWriter"]

FORMAT = "schnetpack-isd spectra 1"
MOLECULE = -1
"""What stands for an atom where a spectrum is the molecule's."""

_BLOCK = 1024
"""Number of rows that are written or read at once."""

COLUMNS = {
    "structure": np.int64,
    "formula": h5py.string_dtype(),
    "atom": np.int64,
    "label": h5py.string_dtype(),
    "direction": np.float64,
    "error": np.float32,
    "spectrum": np.float32,
}


@dataclass(frozen=True)
class Row:
    """A predicted spectrum.

    Attributes:
        structure: number of its structure in the input, from 0.
        formula: chemical formula of the structure.
        atom: index of the absorbing atom, from 0; -1 for a molecular spectrum.
        label: what it is along: x, y, z, other directions, "isotropic".
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
        """A short name, without spaces and commas."""
        where = "molecule" if self.atom == MOLECULE else f"atom{self.atom}"
        return f"{self.structure}_{self.formula}_{where}_{self.label}".replace(" ", "_")

    @property
    def description(self) -> str:
        """In words what it is."""
        where = "molecule" if self.atom == MOLECULE else f"atom {self.atom}"
        along = f"isotropic, estimated error {self.error:.3g}"
        if not np.isnan(self.direction).any():
            along = "along {}, unit vector ({:.6f} {:.6f} {:.6f})".format(self.label, *self.direction)
        return f"structure {self.structure}, {self.formula}, {where}, {along}"


class StoreWriter:
    """Write rows to a new file, to be used as a context manager."""

    def __init__(self, path: str | os.PathLike, energies: NDArray, attributes: Mapping[str, Any]) -> None:
        """Begin a file.

        Args:
            path: the file.
            energies: (n_energies,) axis in eV.
            attributes: what else is said of all spectra.
        """
        self._file = h5py.File(path, "w")
        self._file.attrs["format"] = FORMAT
        self._file.attrs.update(attributes)
        self._file.create_dataset("energies", data=energies).attrs["units"] = "eV"
        for name, dtype in COLUMNS.items():
            width = {"direction": (3,), "spectrum": (len(energies),)}.get(name, ())
            self._file.create_dataset(name, (0, *width), dtype, maxshape=(None, *width), chunks=(64, *width))
        self._file["spectrum"].attrs["units"] = attributes["intensity_unit"]

        self._rows: list[Row] = []

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._file.close()

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        self._rows += rows
        if len(self._rows) >= _BLOCK:
            self._flush()

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        n_rows = len(self._file["structure"])
        for name in COLUMNS if rows else ():
            column = self._file[name]
            column.resize(n_rows + len(rows), axis=0)
            column[n_rows:] = [getattr(row, name) for row in rows]


class SpectrumStore:
    """Read a file of rows, to be used as a context manager."""

    def __init__(self, path: str | os.PathLike) -> None:
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
            raise ValueError(f"{path}: not a readable HDF5 file ({error}).") from error
        if self._file.attrs.get("format") != FORMAT:
            self._file.close()
            raise ValueError(f"{path}: not predicted spectra, which `spkisd predict` writes.")

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

    @property
    def attributes(self) -> dict[str, Any]:
        """What is said of all spectra."""
        return {key: value for key, value in self._file.attrs.items() if key != "format"}

    def column(self, name: str) -> h5py.Dataset:
        """A column as it lies in the file: an attribute of :class:`Row`."""
        return self._file[name]

    def rows(self) -> Iterator[Row]:
        """All rows, reading a block of them at a time."""
        for start in range(0, len(self), _BLOCK):
            blocks = [self._file[name][start : start + _BLOCK] for name in COLUMNS]
            for values in zip(*blocks, strict=True):
                structure, formula, atom, label, direction, error, spectrum = values
                yield Row(
                    int(structure), formula.decode(), int(atom), label.decode(), direction, float(error), spectrum
                )
