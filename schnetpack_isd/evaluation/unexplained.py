"""The share of the variance of spectra that a model leaves unexplained, along directions and over the sphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["VarianceShares", "variance_of"]

ALL_ENERGIES = slice(None)

NO_VARIANCE = 1e-12
"""Variance, relative to the mean square, that is rounding of single precision only; it counts as 0."""


@dataclass(frozen=True)
class VarianceShares:
    r"""Squared errors of a model, beside the variance of the calculated spectra: the error of their mean spectrum.

    The share of the variance that the model leaves unexplained is

    .. math:: \frac{\sum_{nuE} (\hat S_n(u, E) - S_n(u, E))^2}{\sum_{nuE} (S_n(u, E) - \bar S(E))^2}

    where n are sites, u directions, and :math:`\bar S(E)` is the mean over both. A perfect model has 0; the mean
    spectrum has 1. It is :math:`1 - R^2`, with energies weighted by their variance. It depends neither on the scale of
    the intensities nor on the number of energies on the axis.

    Attributes:
        errors: (n_sites, n_energies) squared errors of each site, averaged over directions.
        variance: (n_energies,) variance of the calculated spectra over sites and directions.
    """

    errors: NDArray[np.float64]
    variance: NDArray[np.float64]

    @classmethod
    def along_directions(cls, calculated: NDArray, predicted: NDArray) -> VarianceShares:
        """Compare spectra along some directions.

        Args:
            calculated: (n_sites, n_directions, n_energies) reference spectra.
            predicted: (n_sites, n_directions, n_energies) spectra of the model.
        """
        reference = calculated.astype(np.float64)
        mean_square, mean = np.mean(reference**2, axis=(0, 1)), np.mean(reference, axis=(0, 1))
        return cls(np.mean((predicted - reference) ** 2, axis=1), variance_of(mean_square, mean))

    def by_site(self, band: slice = ALL_ENERGIES) -> NDArray[np.float64]:
        r"""Return the squared error of each site in units of the variance, which is the same for all sites.

        .. math:: \sum_{E} \langle (\hat S_n(u, E) - S_n(u, E))^2 \rangle_u
            \Big/ \sum_{E} \langle (S_m(u, E) - \bar S(E))^2 \rangle_{mu}

        The mean over the sites is :meth:`share`.

        Args:
            band: part of the energy axis.

        Returns:
            (n_sites,) shares; NaN if the calculated spectra do not vary.
        """
        variance = self.variance[band].sum()
        errors = self.errors[:, band].sum(axis=1)
        return errors / variance if variance > 0 else np.full_like(errors, np.nan)

    def share(self, band: slice = ALL_ENERGIES) -> float:
        """Return the share of the variance that the model leaves unexplained.

        Args:
            band: part of the energy axis.

        Returns:
            The share, from 0; NaN if the calculated spectra do not vary.
        """
        return float(self.by_site(band).mean())


def variance_of(mean_square: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of numbers from the mean of their squares and their mean; exactly 0 if they are equal."""
    variance = mean_square - mean**2
    return np.where(variance > NO_VARIANCE * mean_square, variance, 0.0)
