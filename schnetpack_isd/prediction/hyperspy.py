"""Predicted spectra as HyperSpy files (`.hspy`), through RosettaSciIO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd import __version__
from schnetpack_isd.utils.optional import ROSETTASCIIO
from schnetpack_isd.utils.xdi import APPLICATION

from .spectrum_cube import CubeAxis, SpectrumCube
from .store import SpectrumStore

__all__ = ["write_hspy"]


def write_hspy(store: SpectrumStore, path: Path) -> None:
    """Write spectra as one signal, with the energy as signal axis in eV.

    The navigation axes are structures (with site spectra, molecules and atoms in the order of the rows) and directions
    (angles in degrees for a scan); axes of length 1 are left out. `original_metadata` has the names of the rows, the
    labels of the directions and the record. The variance of an ensemble is HyperSpy's
    `metadata.Signal.Noise_properties.variance`.

    Args:
        store: the spectra.
        path: file to write.
    """
    cube = SpectrumCube.of(store)
    axes = [axis for axis in cube.axes[:2] if len(axis.values) > 1] + [cube.axes[2]]
    shape = tuple(len(axis.values) for axis in axes)
    signal = _signal(cube.spectrum.reshape(shape), axes, path.stem)
    signal["original_metadata"] = {
        "record": cube.record.to_attributes(),
        "directions": list(cube.labels),
        "rows": {"name": list(cube.names), "structure": cube.structures, "atom": cube.atoms},
    }
    if cube.spectrum_std is not None:
        variance = _signal(cube.spectrum_std.reshape(shape) ** 2, axes, "variance")
        signal["metadata"]["Signal"]["Noise_properties"] = {"_sig_variance": variance}
    writer = ROSETTASCIIO.load("rsciio.hspy", f"to write {path.name}").file_writer
    writer(str(path), signal, show_progressbar=False)


def _signal(data: NDArray, axes: list[CubeAxis], title: str) -> dict[str, Any]:
    """Return a signal as RosettaSciIO's dictionary."""
    return {
        "data": np.ascontiguousarray(data),
        "axes": [_axis(axis, number, axis is not axes[-1]) for number, axis in enumerate(axes)],
        "metadata": {
            "General": {"title": title, "authors": APPLICATION},
            "Signal": {"signal_type": "", "quantity": "Intensity (arb. unit)"},
        },
        "original_metadata": {},
        "learning_results": {},
        "models": {},
        "attributes": {"_lazy": False, "ragged": False},
        "tmp_parameters": {},
        "package_info": {"package": APPLICATION, "package_version": __version__},
    }


def _axis(axis: CubeAxis, number: int, navigate: bool) -> dict[str, Any]:
    common = {
        "name": axis.name,
        "units": axis.units,
        "navigate": navigate,
        "index_in_array": number,
        "size": len(axis.values),
    }
    if not axis.is_uniform:
        return {"_type": "DataAxis", **common, "axis": axis.values}
    return {"_type": "UniformDataAxis", **common, "offset": float(axis.values[0]), "scale": axis.step}
