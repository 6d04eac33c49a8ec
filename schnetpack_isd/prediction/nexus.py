"""Predicted spectra as NeXus files (`.nxs`)."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from schnetpack_isd import __version__
from schnetpack_isd.utils.xdi import APPLICATION

from .spectrum_cube import SpectrumCube
from .store import SpectrumStore

__all__ = ["write_nexus"]


def write_nexus(store: SpectrumStore, path: Path) -> None:
    """Write spectra as the default plot of a NeXus file: NXdata in an NXentry.

    The application definition NXxas does not fit: it requires a monochromator and detectors. Beside the spectra are the
    names of the rows, the labels of the directions and, as an NXprocess, the record.

    Args:
        store: the spectra.
        path: file to write.

    References:
        NeXus, NXdata (https://manual.nexusformat.org/classes/base_classes/NXdata.html).
    """
    cube = SpectrumCube.of(store)
    with h5py.File(path, "w") as file:
        file.attrs["default"] = "entry"
        entry = _group(file, "entry", "NXentry")
        entry.attrs["default"] = "spectra"
        entry["title"] = "Predicted by a neural network, not measured."
        _write_spectra(_group(entry, "spectra", "NXdata"), cube)
        process = _group(entry, "prediction", "NXprocess")
        process["program"], process["version"] = APPLICATION, __version__
        note = _group(process, "record", "NXparameters")
        for name, value in cube.record.to_attributes().items():
            note[name] = value


def _group(parent: h5py.Group, name: str, nexus_class: str) -> h5py.Group:
    group = parent.create_group(name)
    group.attrs["NX_class"] = nexus_class
    return group


def _write_spectra(data: h5py.Group, cube: SpectrumCube) -> None:
    data.attrs["signal"] = "spectrum"
    data.attrs["axes"] = [axis.name for axis in cube.axes]
    data.attrs["interpretation"] = "spectrum"
    for number, axis in enumerate(cube.axes):
        data.attrs[f"{axis.name}_indices"] = np.array([number], dtype=np.int32)
        data[axis.name] = axis.values
        if axis.units:
            data[axis.name].attrs["units"] = axis.units
    for name, values in (("spectrum", cube.spectrum), ("spectrum_errors", cube.spectrum_std)):
        if values is not None:
            data[name] = values
            data[name].attrs["units"] = cube.record.intensity_unit
            data[name].attrs["interpretation"] = "spectrum"
    text = h5py.string_dtype()
    data["direction_label"] = np.array(cube.labels, dtype=text)
    data["row_name"] = np.array(cube.names, dtype=text)
    data["structure_number"], data["atom_index"] = cube.structures, cube.atoms
