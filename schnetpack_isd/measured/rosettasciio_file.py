"""Readers that go through RosettaSciIO, and that of HyperSpy files (`.hspy`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.utils.optional import ROSETTASCIIO

from .array_table import table_of_array
from .scan_table import ScanTable

__all__ = ["read_hspy", "read_with_rosettasciio"]


def read_with_rosettasciio(module: str, source: str, path: str) -> list[dict[str, Any]]:
    """Return the signals of a file as RosettaSciIO's dictionaries.

    Args:
        module: module of RosettaSciIO, such as ``rsciio.msa``.
        source: name of the file for messages.
        path: the file.

    Raises:
        ImportError: RosettaSciIO is not installed.
        ValueError: it cannot read the file.
    """
    reader = ROSETTASCIIO.load(module, f"to read {source}").file_reader
    try:
        return list(reader(path))
    except (OSError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"{source}: RosettaSciIO cannot read this file ({error}).") from error


def read_hspy(source: str, path: str) -> ScanTable:
    """Read the first signal of a HyperSpy file.

    Each spectrum along the navigation axes becomes a column, whose label has its coordinates, such as ``20 deg``.

    Args:
        source: name of the file for messages.
        path: the file.

    Raises:
        ImportError: RosettaSciIO is not installed.
        ValueError: the file holds no spectrum over an axis in eV or keV.
    """
    signals = read_with_rosettasciio("rsciio.hspy", source, path)
    if not signals:
        raise ValueError(f"{source} holds no spectrum.")
    axes = sorted(signals[0]["axes"], key=lambda axis: int(axis["index_in_array"]))
    units = [str(axis.get("units")).lower() for axis in axes]
    coordinates = [_coordinates(axis) for axis in axes]
    return table_of_array(source, np.asarray(signals[0]["data"]), coordinates, units)


def _coordinates(axis: dict[str, Any]) -> NDArray[np.float64]:
    """Return the (n,) coordinates of an axis, which lists them or has an offset and a step."""
    if "axis" in axis:
        return np.asarray(axis["axis"], dtype=np.float64)
    return np.asarray(axis["offset"] + axis["scale"] * np.arange(axis["size"]), dtype=np.float64)
