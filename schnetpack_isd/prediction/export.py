"""Output files of predicted spectra: formats, and writing that leaves nothing half-written."""

from __future__ import annotations

import json
import math
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.utils.files import atomic_write, check_output, explain_full_disk, process_lock, refuse_existing

from .store import PredictedSpectrum, SpectrumStore
from .xdi import write_xdi

__all__ = [
    "ENDINGS",
    "STORE_ENDINGS",
    "TENSOR_ENDINGS",
    "OutputFile",
    "check_output_file",
    "check_store_ending",
    "check_tensor_ending",
    "output_file",
]

BLOCK = 1 << 21
"""Number of intensities in memory at once."""


@dataclass(frozen=True)
class OutputFile:
    """Output of a prediction.

    Attributes:
        path: the output; None if nothing is to be kept.
        store_path: temporary file for a :class:`~schnetpack_isd.prediction.store.StoreWriter`.
    """

    path: Path | None
    store_path: Path

    def publish(self) -> None:
        """Write the stored spectra to the output, in the format of its ending."""
        if self.path is None:
            return
        with atomic_write(self.path) as temporary, SpectrumStore(self.store_path) as store:
            ENDINGS[self.path.suffix](store, temporary)
            if self.path.is_dir() or (self.path.exists() and temporary.is_dir()):
                self.path.rename(temporary.with_name("replaced"))  # removed with the folder of the temporary file


@contextmanager
def output_file(path: str | os.PathLike[str] | None, overwrite: bool = False) -> Iterator[OutputFile]:
    """Reserve an output, and provide a temporary file for its spectra.

    Args:
        path: file to write, whose ending is one of :data:`ENDINGS`; None to keep nothing.
        overwrite: replace an output that exists.

    Raises:
        FileExistsError: the output exists and must not be overwritten.
        FileNotFoundError: the folder of the output does not exist.
        ValueError: the ending is not known.
    """
    if path is None:
        with TemporaryDirectory() as folder:
            yield OutputFile(None, Path(folder) / "store.hdf5")
        return
    path = Path(path)
    check_output_file(path, overwrite)
    with process_lock(path):
        _check_replaceable(path, overwrite)
        store_path = path.with_name(f".{path.name}.store")
        try:
            with explain_full_disk(path):
                yield OutputFile(path, store_path)
        finally:
            store_path.unlink(missing_ok=True)


def check_output_file(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Check that predictions can be written to a file.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is not one of :data:`ENDINGS`.
    """
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise ValueError(f"{path}: the name must end in one of {', '.join(ENDINGS)}, which chooses the format.")
    check_output(path, overwrite)
    _check_replaceable(path, overwrite)


def check_store_ending(path: str | os.PathLike[str] | None) -> None:
    """Check that an output is a store, as the output of a shard must be.

    Raises:
        ValueError: its ending is not one of :data:`STORE_ENDINGS`.
    """
    if path is None or Path(path).suffix not in STORE_ENDINGS:
        raise ValueError(
            f"The output of a shard must end in {' or '.join(STORE_ENDINGS)}; `spkisd merge` writes the other formats."
        )


def check_tensor_ending(path: str | os.PathLike[str] | None) -> None:
    """Check that an output can hold absorption tensors.

    Raises:
        ValueError: its ending is not one of :data:`TENSOR_ENDINGS`.
    """
    if path is None:
        raise ValueError("Tensors (`--tensor`) need an output; a figure does not show them.")
    if Path(path).suffix not in TENSOR_ENDINGS:
        raise ValueError(
            f"{path}: files that end in {Path(path).suffix} cannot hold tensors (`--tensor`); the name must end in one "
            f"of {', '.join(TENSOR_ENDINGS)}."
        )


def _check_replaceable(path: Path, overwrite: bool) -> None:
    refuse_existing(path, overwrite)
    if path.is_dir() and not all(_is_xdi_of_ours(entry) for entry in path.iterdir()):
        raise FileExistsError(f"{path} is a folder with files other than predicted spectra; it is not replaced.")


def _is_xdi_of_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.readline().startswith(b"# XDI/1.0 schnetpack_isd/")


def _write_hdf5(store: SpectrumStore, path: Path) -> None:
    try:
        path.hardlink_to(store.path)
    except OSError:  # not on every file system
        shutil.copyfile(store.path, path)


def _write_npz(store: SpectrumStore, path: Path) -> None:
    attributes = np.array(json.dumps(store.record.to_attributes()))
    with zipfile.ZipFile(path, "w") as archive:
        for name in store.columns:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                _write_npy(store, name, member)
        for name, value in (("energies", store.energies), ("attributes", attributes)):
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, value)


def _write_npy(store: SpectrumStore, name: str, member: IO[bytes]) -> None:
    shape = store.shape(name)
    dtype = np.result_type(*{block.dtype for block in _blocks(store, name)}) if shape[0] else np.dtype(float)
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(member, header)
    for block in _blocks(store, name):
        member.write(block.astype(dtype).tobytes())


def _blocks(store: SpectrumStore, name: str) -> Iterator[NDArray]:
    """Iterate over a column, some rows at a time."""
    n_rows, *width = store.shape(name)
    step = max(1, BLOCK // max(store.n_energies, math.prod(width)))
    for start in range(0, n_rows, step):
        yield store.read(name, slice(start, start + step))


def _write_csv(store: SpectrumStore, path: Path) -> None:
    """Write a column for each spectrum, and for its standard deviation; comments and names describe each column."""
    with path.open("w", encoding="utf-8") as file:
        for key, value in store.record.to_attributes().items():
            file.write(f"# {key}: {' '.join(str(value).split())}\n")
        suffixes = ("", "_std") if store.record.uncertainty is not None else ("",)
        names = ["energy_eV"]
        for row in store.rows():
            for suffix in suffixes:
                names.append(row.name + suffix)
                text = f"standard deviation of column {len(names) - 1}" if suffix else row.description
                file.write(f"# column {len(names)}: {text}\n")
        file.write(",".join(names) + "\n")
        step = max(1, BLOCK // max(1, len(store) * len(suffixes)))
        for start in range(0, store.n_energies, step):
            part = slice(start, start + step)
            blocks = [store.read(f"spectrum{suffix}", slice(None), part) for suffix in suffixes]
            block = np.stack(blocks, axis=1).reshape(-1, blocks[0].shape[1])
            for energy, intensities in zip(store.energies[part], block.T, strict=True):
                file.write(",".join([f"{energy:.7f}", *(f"{value:.6g}" for value in intensities)]) + "\n")


def _write_xdi(store: SpectrumStore, path: Path) -> None:
    if len(store) == 1:
        [row] = store.rows()
        write_xdi(path, row, store.energies, store.record)
        return
    path.mkdir()
    for row in store.rows():
        write_xdi(path / f"{_file_name(row)}.xdi", row, store.energies, store.record)


def _file_name(row: PredictedSpectrum) -> str:
    return "".join(letter if letter.isalnum() or letter in "_-.+()[]" else "_" for letter in row.name)


ENDINGS = {".hdf5": _write_hdf5, ".h5": _write_hdf5, ".npz": _write_npz, ".csv": _write_csv, ".xdi": _write_xdi}
"""Writers of the output formats by the ending of the file's name."""

STORE_ENDINGS = (".hdf5", ".h5")
"""Endings of outputs that :class:`~schnetpack_isd.prediction.SpectrumStore` opens."""

TENSOR_ENDINGS = (*STORE_ENDINGS, ".npz")
"""Endings of outputs that can hold absorption tensors."""
