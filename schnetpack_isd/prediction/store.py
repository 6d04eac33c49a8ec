"""HDF5 files of predicted spectra and tensors: one row for each, written and read in blocks."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.directions import ISOTROPIC, describe_label
from schnetpack_isd.utils.files import reserve_space
from schnetpack_isd.utils.text import round_up

from .record import PredictionRecord

__all__ = ["MOLECULE", "PredictedSpectrum", "PredictedTensor", "SpectrumStore", "StoreWriter"]

FORMAT = "schnetpack-isd spectra 7"

MOLECULE = -1
"""Atom index of a molecular spectrum."""

BLOCK = 1024
"""Number of spectra that are written or read at once."""

TENSOR_BLOCK = BLOCK // 9
"""Number of tensors that are written or read at once."""

SPARE_BYTES = 1 << 20
"""Room for what HDF5 adds to the rows."""

TEXTS = ("source", "formula", "label")

LONGEST_TEXT = 256
"""Bytes of the longest source and formula; the beginning of a longer one is left out."""


@dataclass(frozen=True)
class PredictedSpectrum:
    """One predicted spectrum, a row of a store.

    Attributes:
        structure: number of its structure in the input, from 0.
        source: file and frame of the structure, ``file.xyz@3``.
        formula: chemical formula of the structure.
        atom: index of the absorbing atom, from 0; :data:`MOLECULE` for a molecular spectrum.
        label: label of its direction, or ``isotropic``.
        direction: (3,) unit vector; NaN for an isotropic spectrum.
        quadrature_error: estimated error of the quadrature over all directions, for an isotropic spectrum; 0 if the
            average is exact; NaN for other spectra. It is not the error of the model.
        ionization_energy: ionisation threshold of its atom in eV, on the axis of the spectra; NaN for a molecular
            spectrum, or if the model predicts none.
        ionization_energy_std: its standard deviation by an ensemble, eV; NaN where there is none.
        extrapolation_score: distance of its atom's neighbourhood from those of the training data, above 1 if it is far
            from them; the largest of all atoms for a molecular spectrum; NaN if the model has no such score.
        extrapolated: its structure is unlike the training data, or has implausible intensities.
        spectrum: (n_energies,) intensities.
        spectrum_std: (n_energies,) their standard deviation by an ensemble; None if a single model predicted them.
    """

    structure: int
    source: str
    formula: str
    atom: int
    label: str
    direction: NDArray
    quadrature_error: float
    ionization_energy: float
    ionization_energy_std: float
    extrapolation_score: float
    extrapolated: bool
    spectrum: NDArray
    spectrum_std: NDArray | None = None

    @property
    def name(self) -> str:
        """Short name without spaces and commas."""
        where = "molecule" if self.atom == MOLECULE else f"atom{self.atom}"
        return f"{self.structure}_{self.formula}_{where}_{self.label}".replace(" ", "_")

    @property
    def description(self) -> str:
        """One line naming structure, atom and direction."""
        where = "molecule" if self.atom == MOLECULE else f"atom {self.atom}"
        if self.label == ISOTROPIC and self.quadrature_error == 0:
            along = "isotropic, exact average over all directions"
        elif self.label == ISOTROPIC:
            along = f"isotropic, quadrature error {self.quadrature_error:.3g} (not the model's error)"
        else:
            vector = "({:.6f} {:.6f} {:.6f})".format(*self.direction)
            along = f"{describe_label(self.label)}, unit vector {vector}"
        if np.isfinite(self.ionization_energy):
            std = f" ± {self.ionization_energy_std:.2f}" if np.isfinite(self.ionization_energy_std) else ""
            where += f" (ionisation threshold {self.ionization_energy:.2f}{std} eV)"
        warning = ""
        if self.extrapolated:
            score = f" (score {round_up(self.extrapolation_score)})" if np.isfinite(self.extrapolation_score) else ""
            warning = f", EXTRAPOLATED: unlike the training data{score}, or implausible intensities"
        return f"structure {self.structure} ({self.source}), {self.formula}, {where}, {along}{warning}"


@dataclass(frozen=True)
class PredictedTensor:
    """One predicted absorption tensor, a row of a store.

    Attributes:
        structure: number of its structure in the input, from 0.
        atom: index of the absorbing atom, from 0; :data:`MOLECULE` for the sum over all absorbing atoms.
        tensor: (3, 3, n_energies) tensor in the unit of the spectra.
    """

    structure: int
    atom: int
    tensor: NDArray


Columns: TypeAlias = Mapping[str, tuple[Any, tuple[int, ...]]]
"""Type, and shape in a row, of each column."""

COLUMNS = {field.name: field.name for field in fields(PredictedSpectrum)}
"""Attributes of :class:`PredictedSpectrum` by the columns of a store with the standard deviation of an ensemble."""

TENSOR_COLUMNS = {"tensor_structure": "structure", "tensor_atom": "atom", "tensor": "tensor"}
"""Attributes of :class:`PredictedTensor` by the columns of a store with tensors."""


class StoreWriter:
    """Write predicted spectra, and tensors if the record has them, to a new file; use it as a context manager.

    Attributes:
        record: origin of the spectra, which is written when the file is closed.
    """

    def __init__(self, path: str | os.PathLike[str], energies: NDArray, record: PredictionRecord) -> None:
        """Begin a file.

        Args:
            path: the file.
            energies: (n_energies,) axis in eV.
            record: origin of the spectra.
        """
        longest_label = max(len(label.encode()) for label in record.labels)
        columns: Columns = {
            "structure": (np.int64, ()),
            "source": (h5py.string_dtype(length=LONGEST_TEXT), ()),
            "formula": (h5py.string_dtype(length=LONGEST_TEXT), ()),
            "atom": (np.int64, ()),
            "label": (h5py.string_dtype(length=longest_label), ()),
            "direction": (np.float64, (3,)),
            "quadrature_error": (np.float32, ()),
            "ionization_energy": (np.float64, ()),
            "ionization_energy_std": (np.float32, ()),
            "extrapolation_score": (np.float32, ()),
            "extrapolated": (np.bool_, ()),
            "spectrum": (np.float32, (len(energies),)),
            "spectrum_std": (np.float32, (len(energies),)),
        }
        columns = {name: columns[name] for name in _spectrum_columns(record)}
        tensor_columns: Columns = {
            "tensor_structure": (np.int64, ()),
            "tensor_atom": (np.int64, ()),
            "tensor": (np.float32, (3, 3, len(energies))),
        }
        _reserve(Path(path), (len(columns) + len(tensor_columns)) * 2**16)
        # Checksums of the contents (fletcher32) and of the structure of the file (version 1.10 of the format).
        self._file = h5py.File(path, "w", libver=("v110", "v110"))
        self.record = record
        axis = self._file.create_dataset("energies", data=energies, chunks=energies.shape, fletcher32=True)
        axis.attrs["units"] = record.energy_unit
        self._spectra = _Table(self._file, columns, _spectrum_columns(record), n_chunk=64, n_block=BLOCK)
        for name in ("spectrum", "spectrum_std"):
            if name in columns:
                self._file[name].attrs["units"] = record.intensity_unit
        self._tensors: _Table | None = None
        if record.tensor:
            self._tensors = _Table(self._file, tensor_columns, TENSOR_COLUMNS, n_chunk=7, n_block=TENSOR_BLOCK)
            self._file["tensor"].attrs["units"] = record.intensity_unit

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, exception_type: type[BaseException] | None, *_: object) -> None:
        try:
            if exception_type is None:
                self._spectra.flush()
                if self._tensors is not None:
                    self._tensors.flush()
                self._file.attrs["format"] = FORMAT
                self._file.attrs.update(self.record.to_attributes())
                self._file.attrs["checksum"] = _checksum(self.record)
        finally:
            self._file.close()

    def write(self, spectra: Iterable[PredictedSpectrum]) -> None:
        """Append spectra."""
        self._spectra.append(spectra)

    def write_tensors(self, tensors: Iterable[PredictedTensor]) -> None:
        """Append tensors; the record must have them."""
        assert self._tensors is not None
        self._tensors.append(tensors)


class _Table:
    """Columns of one length in an HDF5 file, to which rows are appended in blocks."""

    def __init__(
        self, file: h5py.File, columns: Columns, attributes: Mapping[str, str], n_chunk: int, n_block: int
    ) -> None:
        """Create the columns.

        Args:
            file: the file.
            columns: type, and shape in a row, of each column.
            attributes: attribute of the rows for each column.
            n_chunk: number of rows that the file stores together.
            n_block: number of rows that are written at once.
        """
        self._file = file
        self._attributes = attributes
        self._n_block = n_block
        self._rows: list[PredictedSpectrum | PredictedTensor] = []
        for name, (dtype, width) in columns.items():
            file.create_dataset(
                name,
                (0, *width),
                dtype,
                maxshape=(None, *width),
                chunks=(n_chunk, *width),
                compression="gzip" if name in TEXTS else None,
                fletcher32=True,
            )

    def append(self, rows: Iterable[PredictedSpectrum | PredictedTensor]) -> None:
        """Append rows, of which less than a block are kept in memory."""
        for row in rows:
            self._rows.append(row)
            if len(self._rows) == self._n_block:
                self.flush()

    def flush(self) -> None:
        """Write the rows that are in memory."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        columns = {name: self._file[name] for name in self._attributes}
        n_bytes = sum(column.dtype.itemsize * math.prod(column.shape[1:]) for column in columns.values())
        _reserve(Path(self._file.filename), len(rows) * (n_bytes + 1024))
        for name, column in columns.items():
            values = [getattr(row, self._attributes[name]) for row in rows]
            column.resize(len(column) + len(rows), axis=0)
            column[-len(rows) :] = [value.encode()[-LONGEST_TEXT:] for value in values] if name in TEXTS else values
        self._file.flush()


def _reserve(path: Path, n_bytes: int) -> None:
    """Check that a file can grow: HDF5 does not survive a full disk."""
    reserve_space(path, n_bytes + SPARE_BYTES)


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
            ValueError: it is not a file of predicted spectra, or it is damaged.
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
            with self._checked():
                self.record = self._read_record()
        except ValueError:
            self._file.close()
            raise

    def _read_record(self) -> PredictionRecord:
        if self._file.attrs.get("format") != FORMAT:
            raise ValueError(f"{self.path} does not hold predicted spectra as `spkisd predict` writes them.")
        record = PredictionRecord.from_attributes(self._file.attrs, self.path)
        if self._file.attrs["checksum"] != _checksum(record):
            raise ValueError(f"{self.path} is damaged (checksum of its record); predict it again.")
        for columns in (_spectrum_columns(record), TENSOR_COLUMNS if record.tensor else ()):
            if len({len(self._file[name]) for name in columns}) > 1:
                raise ValueError(f"{self.path} is damaged (columns of different lengths); predict it again.")
        return record

    def __enter__(self) -> SpectrumStore:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._file["structure"])

    @property
    def energies(self) -> NDArray:
        """(n_energies,) axis in eV."""
        with self._checked():
            return self._file["energies"][:]

    @property
    def n_energies(self) -> int:
        """Number of energies."""
        return len(self._file["energies"])

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns: those of the spectra, then those of the tensors if there are any."""
        return (*_spectrum_columns(self.record), *(TENSOR_COLUMNS if self.record.tensor else ()))

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a column, (n_rows, ...)."""
        return tuple(self._file[name].shape)

    def read(self, name: str, rows: slice, energies: slice = slice(None)) -> NDArray:
        """Read a part of a column.

        Args:
            name: one of :attr:`columns`.
            rows: rows to read.
            energies: part of the energies, for `spectrum` and `spectrum_std`.

        Raises:
            ValueError: the file is damaged.
        """
        with self._checked():
            column = self._file[name]
            block = column[rows, energies] if name in ("spectrum", "spectrum_std") else column[rows]
        return np.char.decode(block, "utf-8") if block.dtype.kind == "S" else block

    @contextmanager
    def _checked(self) -> Iterator[None]:
        """Turn errors of HDF5, such as a wrong checksum, into one that names the file."""
        try:
            yield
        except (OSError, RuntimeError, KeyError, UnicodeDecodeError) as error:
            raise ValueError(f"{self.path} is damaged ({error}); predict it again.") from error

    def rows(self, structure: int | None = None) -> Iterator[PredictedSpectrum]:
        """Iterate over the spectra, of all structures or of one, reading a block of them at a time."""
        first, end = self._range("structure", structure)
        for start in range(first, end, BLOCK):
            block = slice(start, min(start + BLOCK, end))
            blocks = {name: self.read(name, block) for name in _spectrum_columns(self.record)}
            for values in zip(*blocks.values(), strict=True):
                plain = (value.item() if np.ndim(value) == 0 else value for value in values)
                yield PredictedSpectrum(**dict(zip(blocks, plain, strict=True)))

    def tensors(self, structure: int | None = None) -> Iterator[PredictedTensor]:
        """Iterate over the tensors, as :meth:`rows`; there are none unless the record has them."""
        first, end = self._range("tensor_structure", structure) if self.record.tensor else (0, 0)
        for start in range(first, end, TENSOR_BLOCK):
            block = slice(start, min(start + TENSOR_BLOCK, end))
            for number, atom, tensor in zip(*(self.read(name, block) for name in TENSOR_COLUMNS), strict=True):
                yield PredictedTensor(int(number), int(atom), tensor)

    def _range(self, column: str, structure: int | None) -> tuple[int, int]:
        """Return the first row of a structure and the one after its last; of all structures for None."""
        if structure is None:
            return 0, self.shape(column)[0]
        numbers = self.read(column, slice(None))  # ascending
        first, end = np.searchsorted(numbers, [structure, structure + 1])
        return int(first), int(end)


def _spectrum_columns(record: PredictionRecord) -> dict[str, str]:
    """Return the columns of the spectra in a store, which has standard deviations for the spectra of an ensemble."""
    return {name: name for name in COLUMNS if name != "spectrum_std" or record.uncertainty is not None}


def _checksum(record: PredictionRecord) -> str:
    """Return the SHA-256 of a record; HDF5 keeps no checksum of text."""
    attributes = {name: str(value) for name, value in record.to_attributes().items()}
    return hashlib.sha256(json.dumps(attributes, sort_keys=True).encode()).hexdigest()
