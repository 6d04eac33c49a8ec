"""Further broadening of spectra."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["smear"]

_KERNEL_REACH = 5.0
"""Half-width of the convolution kernel in units of sigma."""


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
