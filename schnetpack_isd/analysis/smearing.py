"""More broadening for spectra that are broadened already."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FWHM", "smear", "widths_above_edge"]

FWHM = 2 * np.sqrt(2 * np.log(2))
"""Full width at half maximum of a Gaussian with a standard deviation of 1."""

_REACH = 5.0


def smear(energies: ArrayLike, spectra: ArrayLike, sigma: ArrayLike) -> NDArray[np.float64]:
    r"""Convolve spectra with a Gaussian, whose width may depend on the energy.

    .. math:: S'(E) = \int S(E')\, g(E - E'; \sigma(E'))\, dE'

    The area is kept. Beyond the ends of the axis, spectra are taken to go on as they end. Of Gaussians the variances
    add: a spectrum of 0.5 eV that is to have 0.8 eV needs :math:`\sqrt{0.8^2 - 0.5^2}` eV.

    Args:
        energies: (n_energies,) ascending axis in eV, of equal steps.
        spectra: (..., n_energies) spectra.
        sigma: standard deviation in eV, () or (n_energies,).

    Returns:
        (..., n_energies) spectra.

    Raises:
        ValueError: the spectra are not on the axis, it has not equal steps, or a width is negative or not finite.
    """
    energies, spectra = np.asarray(energies, dtype=np.float64), np.asarray(spectra, dtype=np.float64)
    if spectra.shape[-1:] != energies.shape:
        raise ValueError(f"Spectra of shape {spectra.shape} are not on an energy axis of shape {energies.shape}.")
    sigma = np.broadcast_to(np.asarray(sigma, dtype=np.float64), energies.shape)
    steps = np.diff(energies)
    if len(steps) == 0 or steps[0] <= 0 or not np.allclose(steps, steps[0], rtol=1e-3):
        raise ValueError("The energy axis must ascend in equal steps.")
    if not (np.isfinite(sigma).all() and (sigma >= 0).all()):
        raise ValueError("Widths must be finite and not negative.")
    n_more = 2 * int(np.ceil(_REACH * sigma.max() / steps[0]))  # so far that what reaches the axis is seen whole
    sigma = np.pad(sigma, n_more, mode="edge")
    spectra = np.pad(spectra, [(0, 0)] * (spectra.ndim - 1) + [(n_more, n_more)], mode="edge")
    sources = energies[0] + steps[0] * np.arange(-n_more, len(energies) + n_more)
    # A Gaussian that is narrower than the steps is the step itself; each source keeps its area over the whole axis.
    narrow = np.maximum(sigma, 0.1 * steps[0])
    kernel = np.exp(-0.5 * ((sources[:, None] - sources) / narrow) ** 2)
    kernel /= kernel.sum(axis=0)
    return spectra @ kernel[n_more : n_more + len(energies)].T


def widths_above_edge(energies: ArrayLike, edge: float, sigma: float, slope: float, largest: float) -> NDArray:
    r"""Widths that grow linearly above an edge, up to a largest, for :func:`smear`.

    .. math:: \sigma(E) = \min(\sigma_0 + s \max(E - E_0, 0),\ \sigma_\mathrm{max})

    The usual description of the shorter lifetime of higher final states.

    Args:
        energies: (n_energies,) axis in eV.
        edge: energy :math:`E_0` in eV from which on the width grows.
        sigma: standard deviation in eV below it.
        slope: growth s, eV per eV.
        largest: largest standard deviation in eV.

    Returns:
        (n_energies,) standard deviations in eV.

    References:
        Stöhr, NEXAFS Spectroscopy, Springer 1992, chapter 7.
    """
    above = np.maximum(np.asarray(energies, dtype=np.float64) - edge, 0.0)
    return np.minimum(sigma + slope * above, largest)
