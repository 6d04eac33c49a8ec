"""Predicted binding energies of a structure, and the photoelectron spectrum that follows from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from schnetpack_isd.spectra.xps import GAUSSIAN_FWHM, LORENTZIAN_FWHM, xps_spectrum

from .structure_spectra import StructureSpectra, root_mean_square

__all__ = ["BindingEnergies"]


@dataclass(frozen=True)
class BindingEnergies:
    """Core-electron binding energies of the absorbing atoms of a structure: their ionisation thresholds.

    Attributes:
        site_atom: (n_sites,) index of each absorbing atom, from 0.
        values: (n_sites,) binding energies in eV.
        deviations: (n_members, n_sites) deviations of the members of an ensemble in eV, see
            :class:`~schnetpack_isd.prediction.structure_spectra.Deviations`; None if a single model predicted them.
    """

    site_atom: NDArray[np.int64]
    values: NDArray
    deviations: NDArray | None = None

    @classmethod
    def of(cls, spectra: StructureSpectra) -> BindingEnergies:
        """Take the binding energies from the predictions for a structure.

        Raises:
            ValueError: the model predicts no ionisation thresholds.
        """
        if spectra.ionization_energy is None:
            raise ValueError("The model predicts no ionisation thresholds, which are the binding energies.")
        deviations = None if spectra.deviations is None else spectra.deviations.ionization_energy
        return cls(spectra.site_atom, spectra.ionization_energy, deviations)

    @property
    def std(self) -> NDArray | None:
        """(n_sites,) standard deviations in eV; None without an ensemble."""
        return None if self.deviations is None else root_mean_square(self.deviations)

    def std_of_mean(self, sites: NDArray[np.int64]) -> float | None:
        """Return the standard deviation in eV of the mean binding energy of some sites, by their numbers in `values`.

        Errors of sites that go together do not average out.
        """
        return None if self.deviations is None else float(root_mean_square(self.deviations[:, sites].mean(axis=1)))

    def xps(
        self, energies: ArrayLike, fwhm: float = GAUSSIAN_FWHM, lorentzian_fwhm: float = LORENTZIAN_FWHM
    ) -> NDArray[np.float64]:
        """Return the photoelectron spectrum.

        It has no standard deviation: the positions of the lines are uncertain (:attr:`std`), their heights are not.

        Args:
            energies: (n_energies,) energy axis in eV, see :func:`~schnetpack_isd.spectra.xps_axis`.
            fwhm: full width at half maximum of the Gaussian in eV.
            lorentzian_fwhm: full width at half maximum of the Lorentzian in eV.

        Returns:
            (n_energies,) intensities in atoms per eV.

        Raises:
            ValueError: a width is not as :func:`~schnetpack_isd.spectra.xps_spectrum` needs it.
        """
        return xps_spectrum(self.values, energies, fwhm, lorentzian_fwhm)
