"""Reader of HyperSpy (`.hspy`) and NeXus (`.nxs`) files, through RosettaSciIO."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.utils.optional import import_rosettasciio

from .scan_table import ScanTable
from .xdi_file import UNITS

__all__ = ["ROSETTASCIIO_ENDINGS", "read_rosettasciio_file", "read_with_rosettasciio"]

ROSETTASCIIO_ENDINGS = {".hspy": "rsciio.hspy", ".nxs": "rsciio.nexus", ".nexus": "rsciio.nexus"}
"""Modules of RosettaSciIO that read files, by their ending."""


def read_with_rosettasciio(module: str, source: str, path: str, **arguments: Any) -> list[dict[str, Any]]:
    """Return the signals of a file as RosettaSciIO's dictionaries.

    Args:
        module: module of RosettaSciIO, such as ``rsciio.msa``.
        source: name of the file for messages.
        path: the file.
        **arguments: arguments of its reader.

    Raises:
        ImportError: RosettaSciIO is not installed.
        ValueError: it cannot read the file.
    """
    reader = import_rosettasciio(module, f"to read {source}").file_reader
    try:
        return list(reader(path, **arguments))
    except (OSError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"{source}: RosettaSciIO cannot read this file ({error}).") from error


def read_rosettasciio_file(source: str, path: str, module: str) -> ScanTable:
    """Read the first signal of a HyperSpy file, or the default data of a NeXus file.

    Each spectrum along the navigation axes becomes a column, whose label has its coordinates, such as ``20 deg``.

    Args:
        source: name of the file for messages.
        path: the file.
        module: module of RosettaSciIO, see :data:`ROSETTASCIIO_ENDINGS`.

    Raises:
        ImportError: RosettaSciIO is not installed.
        ValueError: the file holds no spectrum over an axis in eV or keV.
    """
    arguments = {"use_default": True, "nxdata_only": True} if module == "rsciio.nexus" else {}
    signals = read_with_rosettasciio(module, source, path, **arguments)
    if not signals:
        raise ValueError(f"{source} holds no spectrum.")
    axes = sorted(signals[0]["axes"], key=lambda axis: int(axis["index_in_array"]))
    energy = _energy_axis(source, axes)
    data = np.moveaxis(np.asarray(signals[0]["data"], dtype=np.float64), energy["index_in_array"], -1)
    others = [axis for axis in axes if axis is not energy]
    columns = data.reshape(-1, data.shape[-1])
    labels = [_label(others, index) for index in np.ndindex(data.shape[:-1])]
    values = np.column_stack([_coordinates(energy), *columns])
    return ScanTable(source, values, ("energy", *labels), energy_unit=UNITS[energy["units"].lower()])


def _energy_axis(source: str, axes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the only axis in eV or keV."""
    found = [axis for axis in axes if str(axis.get("units")).lower() in UNITS]
    if len(found) != 1:
        units = ", ".join(str(axis.get("units") or "none") for axis in axes)
        raise ValueError(f"{source}: one axis must be the energy in eV or keV; the units of its axes are {units}.")
    return found[0]


def _coordinates(axis: dict[str, Any]) -> NDArray[np.float64]:
    """Return the (n,) coordinates of an axis, which lists them or has an offset and a step."""
    if "axis" in axis:
        return np.asarray(axis["axis"], dtype=np.float64)
    return np.asarray(axis["offset"] + axis["scale"] * np.arange(axis["size"]), dtype=np.float64)


def _label(axes: list[dict[str, Any]], index: tuple[int, ...]) -> str:
    parts = []
    for axis, position in zip(axes, index, strict=True):
        units = axis.get("units")
        parts.append(f"{_coordinates(axis)[position]:g}{f' {units}' if isinstance(units, str) and units else ''}")
    return ", ".join(parts) or "intensity"
