"""Predicted spectra as Athena projects (`.prj`), through Larch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from schnetpack_isd.utils.optional import LARCH

from .store import PredictedSpectrum, SpectrumStore

__all__ = ["write_athena"]

POST_EDGE = 5.0
"""Width in eV of the range whose height is that of the edge."""


def write_athena(store: SpectrumStore, path: Path) -> None:
    """Write spectra as the groups of an Athena project, which Athena and Larix open.

    Energies and intensities are stored as predicted. The parameters with which Athena normalises are Larch's for
    calculated spectra: the edge at the steepest point, no slope before it, and a constant height in the last
    :data:`POST_EDGE` eV.

    Args:
        store: the spectra.
        path: file to write.
    """
    purpose = f"to write {path.name}"
    project = LARCH.load("larch.io.athena_project", purpose).AthenaProject()
    larch, xafs = LARCH.load("larch", purpose), LARCH.load("larch.xafs", purpose)
    energies = np.asarray(store.energies, dtype=np.float64)
    for row in store.rows():
        group = larch.Group(energy=energies, mu=np.asarray(row.spectrum, dtype=np.float64), filename=row.name)
        if row.spectrum_std is not None:
            group.stddev = np.asarray(row.spectrum_std, dtype=np.float64)
        e0 = float(energies[1:-1][np.argmax(np.gradient(group.mu, energies)[1:-1])])
        end = float(energies[-1]) - e0
        xafs.pre_edge(group, e0=e0, iscalc=True, nnorm=0, norm1=end - POST_EDGE, norm2=end)
        group.atsym, group.edge = store.record.absorbing_element, "K"
        project.add_group(group)
        [*_, added] = project.groups.values()
        added.args |= {"bkg_z": store.record.absorbing_element, "titles": _titles(row, store)}
    project.save(str(path))


def _titles(row: PredictedSpectrum, store: SpectrumStore) -> list[Any]:
    """Return the lines that Athena shows beside a group."""
    record = store.record.to_attributes()
    lines = ["Predicted by a neural network, not measured.", row.description]
    lines += [f"{name}: {value}" for name, value in record.items()]
    return [re.sub(r"[^\w .,:;=+-]", " ", line) for line in lines]
