"""Gaussian broadening of stick spectra and further broadening of spectra."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["broaden", "smear", "widths_above_edge"]

SPIN_FACTOR = 2.0
"""Number of electrons in an orbital."""

_CHUNK = 1 << 20
"""Largest number of values of Gaussians in memory (8 MiB)."""

_REACH = 9.0
"""Distance from the axis in sigma beyond which lines are left out; a Gaussian has fallen to 3e-18 of its height."""

_KERNEL_REACH = 5.0
"""Half-width of the convolution kernel of :func:`smear`, in units of sigma."""


def broaden(line_energies: ArrayLike, strengths: ArrayLike, energies: ArrayLike, sigma: float) -> NDArray[np.float64]:
    r"""Broaden a stick spectrum with normalised Gaussians, and double it for spin.

    .. math:: S(E) = 2 \sum_f I_f\, g(E - E_f), \qquad g(x) = \exp(-x^2 / 2\sigma^2) / (\sigma\sqrt{2\pi})

    Args:
        line_energies: (n_lines,) energies of the lines in eV.
        strengths: (n_lines, n_columns) strengths of the lines in several columns.
        energies: (n_energies,) energy axis in eV.
        sigma: standard deviation of the Gaussian in eV.

    Returns:
        (n_columns, n_energies) intensities, in the unit of the strengths per eV.
    """
    positions, heights = np.asarray(line_energies, dtype=np.float64), np.asarray(strengths, dtype=np.float64)
    axis = np.asarray(energies, dtype=np.float64)
    reached = (positions > axis.min() - _REACH * sigma) & (positions < axis.max() + _REACH * sigma)
    positions, heights = positions[reached], heights[reached]

    spectrum = np.zeros((heights.shape[1], len(axis)))
    step = max(1, _CHUNK // len(axis))
    for start in range(0, len(positions), step):
        lines = slice(start, start + step)
        gaussians = np.exp(-0.5 * ((axis - positions[lines, None]) / sigma) ** 2)
        spectrum += heights[lines].T @ gaussians
    return spectrum * (SPIN_FACTOR / (sigma * np.sqrt(2 * np.pi)))


def smear(energies: ArrayLike, spectra: ArrayLike, sigma: ArrayLike) -> NDArray[np.float64]:
    r"""Convolve spectra with a Gaussian whose width can depend on the energy.

    .. math:: S'(E) = \int S(E')\, g(E - E'; \sigma(E'))\, dE'

    The area does not change. Beyond the ends of the axis, spectra are continued by their last value. The variances of
    Gaussians add: a spectrum of 0.5 eV that is to have 0.8 eV needs :math:`\sqrt{0.8^2 - 0.5^2}` eV.

    Args:
        energies: (n_energies,) ascending axis in eV with equal steps.
        spectra: (..., n_energies) spectra.
        sigma: standard deviation in eV, () or (n_energies,).

    Returns:
        (..., n_energies) spectra.

    Raises:
        ValueError: the spectra are not on the axis, its steps differ, or a width is negative or not finite.
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
    n_more = 2 * int(np.ceil(_KERNEL_REACH * sigma.max() / steps[0]))  # far enough for everything that reaches the axis
    sigma = np.pad(sigma, n_more, mode="edge")
    spectra = np.pad(spectra, [(0, 0)] * (spectra.ndim - 1) + [(n_more, n_more)], mode="edge")
    sources = energies[0] + steps[0] * np.arange(-n_more, len(energies) + n_more)
    # A Gaussian that is narrower than the steps becomes a step; each source keeps its area over the whole axis.
    narrow = np.maximum(sigma, 0.1 * steps[0])
    kernel = np.exp(-0.5 * ((sources[:, None] - sources) / narrow) ** 2)
    kernel /= kernel.sum(axis=0)
    return spectra @ kernel[n_more : n_more + len(energies)].T


def widths_above_edge(energies: ArrayLike, edge: float, sigma: float, slope: float, largest: float) -> NDArray:
    r"""Return widths for :func:`smear` that grow linearly above an edge, up to a maximum.

    .. math:: \sigma(E) = \min(\sigma_0 + s \max(E - E_0, 0),\ \sigma_\mathrm{max})

    This is the usual description of the shorter lifetime of higher final states.

    Args:
        energies: (n_energies,) axis in eV.
        edge: energy :math:`E_0` in eV above which the width grows.
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
