"""Reader of NeXus files (`.nxs`)."""

from __future__ import annotations

import h5py
import numpy as np
from numpy.typing import NDArray

from .array_table import table_of_array
from .scan_table import ScanTable

__all__ = ["NEXUS_ENDINGS", "read_nexus"]

NEXUS_ENDINGS = (".nxs", ".nexus")


def read_nexus(source: str, path: str) -> ScanTable:
    """Read the default data of a NeXus file, or its only NXdata.

    Each spectrum becomes a column, whose label has the coordinates on the other axes, such as ``20 deg``.

    Args:
        source: name of the file for messages.
        path: the file.

    Raises:
        ValueError: the file is not an HDF5 file, does not say which of several NXdata is the default one, or has no
            spectrum over an axis in eV or keV.

    References:
        NeXus, NXdata (https://manual.nexusformat.org/classes/base_classes/NXdata.html).
    """
    try:
        file = h5py.File(path)
    except OSError as error:
        raise ValueError(f"{source}: not a readable HDF5 file.") from error
    with file:
        group = _default_data(source, file)
        names = [_text(name) for name in np.atleast_1d(group.attrs.get("axes", []))]
        signal = _text(group.attrs.get("signal", ""))
        if signal not in group or group[signal].ndim != len(names):
            raise ValueError(f"{source}: {group.name} does not name a signal and its axes, as NXdata should.")
        data = np.asarray(group[signal])
        coordinates = [_coordinates(group, name, length) for name, length in zip(names, data.shape, strict=True)]
        units = [_text(group[name].attrs.get("units", "")).lower() if name in group else "" for name in names]
    return table_of_array(source, data, coordinates, units)


def _default_data(source: str, file: h5py.File) -> h5py.Group:
    """Return the group that the `default` attributes lead to, or the only NXdata."""
    group: h5py.Group = file
    while _text(group.attrs.get("default", "")) in group:
        group = group[_text(group.attrs["default"])]
    if _is_data(group):
        return group
    found: list[str] = []
    file.visititems(lambda name, item: found.append(name) if _is_data(item) else None)
    if len(found) != 1:
        raise ValueError(f"{source}: one default NXdata was expected; the file has {', '.join(found) or 'none'}.")
    return file[found[0]]


def _is_data(item: h5py.Group | h5py.Dataset) -> bool:
    return isinstance(item, h5py.Group) and _text(item.attrs.get("NX_class", "")) == "NXdata"


def _coordinates(group: h5py.Group, name: str, length: int) -> NDArray[np.float64]:
    """Return the (n,) coordinates of an axis; numbers if it has none, or texts."""
    if name in group and group[name].dtype.kind in "iuf":
        return np.atleast_1d(np.asarray(group[name], dtype=np.float64))
    return np.arange(length, dtype=np.float64)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
