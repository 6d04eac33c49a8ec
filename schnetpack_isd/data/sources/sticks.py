"""Reader of stick spectra in the published layout (``site_eigen_dsf.hdf5``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike

import h5py
import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.spectra.broadening import Broadening, broaden
from schnetpack_isd.spectra.tensor import dipole_products

from .grouped import GroupedFile
from .site_file import Site, read_attribute, read_count, read_dataset

__all__ = ["StickFile", "StickSpectrum", "write_sticks"]


@dataclass(frozen=True)
class StickSpectrum(Site):
    """Lines of a site, final states only.

    Attributes:
        energies: (n_lines,) absolute energies in eV.
        dsf: (n_lines, 3) squared transition dipoles along x, y, z.
        dipoles: (n_lines, 3) transition dipoles, or None if the file has none.
    """

    energies: NDArray[np.float64]
    dsf: NDArray[np.float64]
    dipoles: NDArray[np.float64] | None

    def components(self, energies: NDArray, broadening: Broadening) -> NDArray[np.float64]:
        """Return broadened lines, see :func:`~schnetpack_isd.spectra.broaden`."""
        strengths = self.dsf if self.dipoles is None else dipole_products(self.dipoles)
        widths = broadening.at(self.energies, self.ionization_energy)
        return broaden(self.energies, strengths, energies, widths)


class StickFile(GroupedFile):
    """Read stick spectra.

    A site has ascending ``eigenvalues`` (n,) in eV, ``dsf`` (n, 3), the attributes ``n_electron``,
    ``excitation_energy`` and ``multiplicity``, and optionally ``dipole`` (n, 3) and the attribute
    ``ionization_energy``, each present for all sites or for none.
    Final states are those at or above ``eigenvalues[(n_electron - 1) // 2]``. The first of them in the file is at the
    excitation energy.
    """

    def __init__(self, path: str | PathLike) -> None:
        """Open the file, see :class:`~schnetpack_isd.data.sources.SiteFile`."""
        super().__init__(path)
        self.has_dipoles = "dipole" in self.first_keys()

    def _read(self, molecule: h5py.Group, atom: int) -> StickSpectrum:
        group, where = self._group(molecule, atom)
        eigenvalues = read_dataset(group, where, "eigenvalues", None)
        dsf = read_dataset(group, where, "dsf", (len(eigenvalues), 3))
        dipoles = read_dataset(group, where, "dipole", dsf.shape) if self.has_dipoles else None
        if np.any(descending := np.diff(eigenvalues) < 0):
            line = int(np.argmax(descending)) + 1
            raise ValueError(f"{where}/eigenvalues must ascend, but number {line} is below the one before it.")
        if np.any(dsf < 0):
            raise ValueError(f"{where}/dsf holds a negative value; squares of transition dipoles were expected.")
        if dipoles is not None and not np.allclose(dipoles**2, dsf, rtol=1e-3, atol=1e-6 * dsf.max()):
            raise ValueError(f"{where}: `dsf` is not the square of `dipole`.")
        excitation_energy = float(read_attribute(group, where, "excitation_energy"))
        n_electron = read_count(group, where, "n_electron")
        lowest = (n_electron - 1) // 2
        if not 0 <= lowest < len(eigenvalues):
            raise ValueError(
                f"{where}: n_electron = {n_electron} puts the first final state at eigenvalue {lowest}, "
                f"but there are {len(eigenvalues)}."
            )
        final = eigenvalues >= eigenvalues[lowest]
        energies = eigenvalues[final]
        return StickSpectrum(
            atom=atom,
            multiplicity=read_count(group, where, "multiplicity"),
            excitation_energy=excitation_energy,
            ionization_energy=self._ionization_energy(group, where),
            energies=energies - energies[0] + excitation_energy,
            dsf=dsf[final],
            dipoles=None if dipoles is None else dipoles[final],
        )


def write_sticks(
    path: str | PathLike, molecules: Iterable[tuple[int, Iterable[StickSpectrum]]], attributes: Mapping[str, str]
) -> None:
    """Write stick spectra in the published layout, with transition dipoles and thresholds where sites have them.

    Args:
        path: file to write.
        molecules: ids of the molecules with their sites.
        attributes: provenance; ``level_of_theory`` and ``experimental_axis`` (text of an
            :class:`~schnetpack_isd.spectra.ExperimentalAxis`) are those of databases made from the file.
    """
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
        for molecule_id, sites in molecules:
            for site in sites:
                group = file.create_group(f"{molecule_id}/{site.atom}")
                group["eigenvalues"], group["dsf"] = site.energies, site.dsf
                group.attrs["n_electron"] = 1  # there are final states only
                group.attrs["excitation_energy"] = site.excitation_energy
                group.attrs["multiplicity"] = site.multiplicity
                if site.dipoles is not None:
                    group["dipole"] = site.dipoles
                if site.ionization_energy is not None:
                    group.attrs["ionization_energy"] = site.ionization_energy
