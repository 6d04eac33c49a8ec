"""Predicted spectra as NPZ archives and as text."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from .store import SpectrumStore

__all__ = ["write_csv", "write_npz"]

BLOCK = 1 << 21
"""Number of intensities in memory at once."""


def write_npz(store: SpectrumStore, path: Path) -> None:
    """Write the columns of a store, the axis and the record as arrays."""
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


def write_csv(store: SpectrumStore, path: Path) -> None:
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
