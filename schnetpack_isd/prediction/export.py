"""Predicted spectra in the formats of other programs."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from .store import COLUMNS, Row, SpectrumStore
from .xdi import write_xdi

__all__ = ["ENDINGS", "export"]

_BLOCK = 1 << 21
"""Number of intensities that are held at once."""


def export(store: SpectrumStore, path: Path) -> None:
    """Write stored spectra in the format that the ending of a name asks for.

    Args:
        store: the spectra.
        path: file to write; for XDI a folder, if there are several spectra.
    """
    ENDINGS[path.suffix](store, path)


def _write_hdf5(store: SpectrumStore, path: Path) -> None:
    shutil.copyfile(store.path, path)


def _write_npz(store: SpectrumStore, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in COLUMNS:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                _write_npy(store, name, member)
        for name, value in (("energies", store.energies), ("attributes", np.array(json.dumps(store.attributes)))):
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, value)


def _write_npy(store: SpectrumStore, name: str, member: IO[bytes]) -> None:
    shape = store.column(name).shape
    dtype = np.result_type(*{block.dtype for block in _blocks(store, name)}) if len(store) else np.dtype(float)
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(member, header)
    for block in _blocks(store, name):
        member.write(block.astype(dtype).tobytes())


def _blocks(store: SpectrumStore, name: str) -> Iterator[NDArray]:
    """A column, some rows at a time; text as NumPy's, of the width that a block needs."""
    column = store.column(name)
    step = max(1, _BLOCK // len(store.energies))
    for start in range(0, len(column), step):
        block = column[start : start + step]
        yield np.array([text.decode() for text in block]) if block.dtype == object else block


def _write_csv(store: SpectrumStore, path: Path) -> None:
    """A column for each spectrum; what it is of is in the comment lines and in its name."""
    with path.open("w", encoding="utf-8") as file:
        for key, value in store.attributes.items():
            file.write(f"# {key}: {' '.join(str(value).split())}\n")
        for number, row in enumerate(store.rows(), 2):
            file.write(f"# column {number}: {row.description}\n")
        file.write(",".join(["energy_eV", *(row.name for row in store.rows())]) + "\n")
        step = max(1, _BLOCK // max(1, len(store)))
        spectra = store.column("spectrum")
        for start in range(0, len(store.energies), step):
            block = spectra[:, start : start + step]
            for energy, intensities in zip(store.energies[start : start + step], block.T, strict=True):
                file.write(",".join([f"{energy:.7f}", *(f"{value:.6g}" for value in intensities)]) + "\n")


def _write_xdi(store: SpectrumStore, path: Path) -> None:
    if len(store) == 1:
        [row] = store.rows()
        write_xdi(path, row, store.energies, store.attributes)
        return
    path.mkdir()
    for row in store.rows():
        write_xdi(path / f"{_file_name(row)}.xdi", row, store.energies, store.attributes)


def _file_name(row: Row) -> str:
    return "".join(letter if letter.isalnum() or letter in "_-.+()[]" else "_" for letter in row.name)


ENDINGS = {".hdf5": _write_hdf5, ".h5": _write_hdf5, ".npz": _write_npz, ".csv": _write_csv, ".xdi": _write_xdi}
"""Writers by the ending of a file's name."""
