"""Columns of arrays with several axes, one of them the energy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .scan_table import ScanTable
from .xdi_file import UNITS

__all__ = ["table_of_array"]


def table_of_array(
    source: str, data: NDArray, coordinates: Sequence[NDArray[np.float64]], units: Sequence[str]
) -> ScanTable:
    """Make a column of each spectrum of an array; its label has the other coordinates, such as ``20 deg``.

    Args:
        source: name of the file for messages.
        data: (..., n_energies, ...) intensities.
        coordinates: (n,) coordinates of each axis.
        units: unit of each axis in small letters.

    Raises:
        ValueError: not exactly one axis has the unit eV or keV, or an axis has another length than the data.
    """
    energy_axes = [number for number, unit in enumerate(units) if unit in UNITS]
    if len(energy_axes) != 1:
        found = ", ".join(unit or "none" for unit in units)
        raise ValueError(f"{source}: one axis must be the energy in eV or keV; the units of its axes are {found}.")
    if data.shape != tuple(map(len, coordinates)):
        raise ValueError(f"{source}: the axes have the lengths {[*map(len, coordinates)]}, the data {[*data.shape]}.")
    [energy] = energy_axes
    spectra = np.moveaxis(np.asarray(data, dtype=np.float64), energy, -1)
    others = [number for number in range(data.ndim) if number != energy]
    labels = []
    for index in np.ndindex(spectra.shape[:-1]):
        parts = (f"{coordinates[axis][at]:g} {units[axis]}".strip() for axis, at in zip(others, index, strict=True))
        labels.append(", ".join(parts) or "intensity")
    values = np.column_stack([coordinates[energy], *spectra.reshape(-1, spectra.shape[-1])])
    return ScanTable(source, values, ("energy", *labels), energy_unit=UNITS[units[energy]])
