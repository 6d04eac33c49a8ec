"""Gaussian broadening of stick spectra and further broadening of spectra."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FWHM", "broaden", "smear", "widths_above_edge"]

FWHM = 2 * np.sqrt(2 * np.log(2))
"""Full width at half maximum of a Gaussian with a standard deviation of 1."""

SPIN_FACTOR = 2.0
"""Two electrons in each orbital."""

_CHUNK = 1 << 20
"""Largest number of values of the Gaussians that are held at once (8 MiB)."""

_REACH = 9.0
"""Lines further than this many sigma from the axis are left out: a Gaussian has fallen to 3e-18 of its height there."""

_KERNEL_REACH = 5.0
"""Half-width of the convolution kernel of :func:`smear`, in units of sigma."""


def broaden(line_energies: ArrayLike, strengths: ArrayLike, energies: ArrayLike, sigma: float) -> NDArray[np.float64]:
    r"""Broaden a stick spectrum with normalised Gaussians and double it for spin.

    .. math:: S(E) = 2 \sum_f I_f\, g(E - E_f), \qquad g(x) = \exp(-x^2 / 2\sigma^2) / (\sigma\sqrt{2\pi})

    Args:
        line_energies: (n_lines,) energies of the lines in eV.
        strengths: (n_lines, n_columns) strengths of the lines, several columns broadened at once.
        energies: (n_energies,) energy axis in eV.
        sigma: standard deviation of the Gaussian in eV.

    Returns:
        (n_columns, n_energies) intensities, in the unit of the strengths per eV.
    """
    line_energies = np.asarray(line_energies, dtype=np.float64)
    energies = np.asarray(energies, dtype=np.float64)
    reached = (line_energies > energies.min() - _REACH * sigma) & (line_energies < energies.max() + _REACH * sigma)
    line_energies = line_energies[reached]
    strengths = np.asarray(strengths, dtype=np.float64)[reached]

    spectrum = np.zeros((strengths.shape[1], len(energies)))
    step = max(1, _CHUNK // len(energies))
    for start in range(0, len(line_energies), step):
        lines = slice(start, start + step)
        gaussians = np.exp(-0.5 * ((energies - line_energies[lines, None]) / sigma) ** 2)
        spectrum += strengths[lines].T @ gaussians
    return spectrum * (SPIN_FACTOR / (sigma * np.sqrt(2 * np.pi)))


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
    n_more = 2 * int(np.ceil(_KERNEL_REACH * sigma.max() / steps[0]))  # so far that what reaches the axis is seen whole
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
