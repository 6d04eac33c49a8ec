r"""Covariance of the differences between a measured spectrum and the prediction for the right structure.

.. math:: C_{ij} = \sigma^2 \delta_{ij} + a^2 s_i s_j
    \sqrt{\frac{2 l_i l_j}{l_i^2 + l_j^2}}\, \exp\left(-\frac{(E_i - E_j)^2}{l_i^2 + l_j^2}\right)

:math:`\sigma` is the noise, a the scale of the prediction, s the standard deviation of its error: that of the ensemble
and a floor. Neighbouring errors are correlated over a length l, which grows above the ionisation threshold, as the
broadening does: Gibbs's kernel. About (range of energies) / (2.5 l) errors are independent.

Spectra of one tensor at several angles have errors in common. At one energy, their covariance is that of the deviations
of the ensemble, and a floor from errors of the tensor along x, y and z that are independent and of equal size. With
:math:`R(E)`, its symmetric square root over the angles, errors i and j of the angles k and l have
:math:`[R(E_i) R(E_j)]_{kl}` in the place of :math:`s_i s_j`. By Schur's product theorem, this is a covariance. For
one spectrum, R is s.

References:
    Rasmussen and Williams, Gaussian Processes for Machine Learning, MIT Press 2006, eqn (4.32).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FILM_ERRORS", "ErrorModel", "symmetric_roots"]


@dataclass(frozen=True)
class ErrorModel:
    """Error of predicted spectra beside the scatter of the ensemble.

    The defaults are fitted to the validation part of the bundled model: `benchmarks/matching.py --calibrate`.

    Attributes:
        floor: standard deviation that is added in quadrature, relative to the highest intensity of the isotropic
            spectrum.
        continuum: further floor from 5 eV above the lowest threshold on; below the threshold there is none. It takes
            weight off the continuum, which calculations describe worse than resonances.
        length: correlation length below the lowest threshold in eV.
        slope: growth of the length above it, in eV per eV.
        longest: largest length in eV.
        temperature: log-likelihoods are divided by it.
    """

    floor: float = 0.003
    continuum: float = 0.005
    length: float = 0.3
    slope: float = 0.1
    longest: float = 0.9
    temperature: float = 3.5

    def covariance(
        self,
        energies: NDArray,
        spectrum: NDArray,
        roots: NDArray,
        overlap: NDArray,
        height: float,
        threshold: float,
    ) -> NDArray[np.float64]:
        """Return the covariance of the errors of predicted spectra, without noise.

        Args:
            energies: (n,) energies in eV of all points.
            spectrum: (n,) number of the spectrum of each point, from 0.
            roots: (n, n_spectra, n_spectra) symmetric square roots of the covariance of the ensemble among the spectra
                at the energy of each point; the standard deviation for a single spectrum.
            overlap: (n_spectra, n_spectra) covariance of the floors of the spectra, relative to the squared floor of
                the isotropic one.
            height: highest intensity of the isotropic spectrum.
            threshold: lowest ionisation threshold in eV.

        Returns:
            (n, n) covariance.
        """
        above = np.clip(energies - threshold, 0.0, None)
        floors = height * np.hypot(self.floor, self.continuum * np.clip(above / 5.0, 0.0, 1.0))
        total = symmetric_roots(roots @ roots + floors[:, None, None] ** 2 * overlap)
        rows = total[np.arange(len(energies)), spectrum]
        lengths = np.minimum(self.length + self.slope * above, self.longest)
        sums = lengths[:, None] ** 2 + lengths**2
        kernel = np.sqrt(2 * np.outer(lengths, lengths) / sums)
        kernel *= np.exp(-((energies[:, None] - energies) ** 2) / sums)
        return np.asarray(rows @ rows.T * kernel)


FILM_ERRORS = ErrorModel(temperature=10.0)
"""Errors of spectra of a film; geometries of validation molecules chose the temperature (`docs/measurements.md`)."""


def symmetric_roots(matrices: NDArray) -> NDArray[np.float64]:
    """Return the symmetric square roots (..., n, n) of positive semi-definite matrices (..., n, n)."""
    values, vectors = np.linalg.eigh(matrices)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]) @ vectors.swapaxes(-1, -2))
