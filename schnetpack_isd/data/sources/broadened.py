"""Reader of broadened spectra in the published layout (``site_spectra_0.5eV.hdf5``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.spectra.broadening import Broadening

from .grouped import GroupedFile
from .site_file import Site, read_attribute, read_count, read_dataset

__all__ = ["BroadenedFile", "BroadenedSpectrum"]


@dataclass(frozen=True)
class BroadenedSpectrum(Site):
    """Broadened spectrum of a site.

    Attributes:
        energies: (n,) absolute energies in eV, ascending.
        intensities: (n, 3) spectra along x, y, z.
    """

    energies: NDArray[np.float64]
    intensities: NDArray[np.float64]

    def components(self, energies: NDArray, broadening: Broadening) -> NDArray[np.float64]:  # noqa: ARG002
        """Return linear interpolations, zero outside the data, as in the paper; the broadening does not change."""
        return np.stack([np.interp(energies, self.energies, column, 0.0, 0.0) for column in self.intensities.T])


class BroadenedFile(GroupedFile):
    """Read broadened spectra.

    A site has ascending ``energies`` (n,) in eV relative to the excitation energy, ``spectrum`` (n, 4) with the columns
    total (the mean of the others), x, y, z, the attributes ``excitation_energy`` and ``multiplicity``, and optionally
    ``ionization_energy``, present for all sites or for none. If the name of the file ends in ``_{width}eV``, this is
    the broadening; otherwise it is unknown.
    """

    def __init__(self, path: str | PathLike) -> None:
        """Open the file, see :class:`~schnetpack_isd.data.sources.SiteFile`."""
        super().__init__(path)
        named = re.search(r"_(\d+(?:\.\d+)?)eV$", Path(path).stem)
        self.broadening = Broadening.constant(float(named[1])) if named else None

    def _read(self, molecule: h5py.Group, atom: int) -> BroadenedSpectrum:
        group, where = self._group(molecule, atom)
        energies = read_dataset(group, where, "energies", None)
        spectrum = read_dataset(group, where, "spectrum", (len(energies), 4))
        if np.any(np.diff(energies) <= 0):
            raise ValueError(f"{where}/energies must ascend.")
        total, intensities = spectrum[:, 0], spectrum[:, 1:]
        if not np.allclose(total, intensities.mean(axis=1), rtol=1e-3, atol=1e-6 * np.abs(spectrum).max()):
            raise ValueError(
                f"{where}/spectrum: the columns must be total, x, y, z, where total is the mean of the others."
            )
        if spectrum.min() < -1e-6 * np.abs(spectrum).max():
            raise ValueError(f"{where}/spectrum holds a negative intensity, {spectrum.min():.3g}.")
        excitation_energy = float(read_attribute(group, where, "excitation_energy"))
        return BroadenedSpectrum(
            atom=atom,
            multiplicity=read_count(group, where, "multiplicity"),
            excitation_energy=excitation_energy,
            ionization_energy=self._ionization_energy(group, where),
            energies=energies + excitation_energy,
            intensities=np.clip(intensities, 0.0, None),  # within rounding
        )
