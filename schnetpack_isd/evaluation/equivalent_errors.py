"""Simple changes of a spectrum that have the same mean squared error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from schnetpack_isd.spectra.smearing import smear

__all__ = ["broadening_with_error", "noise_with_error", "shift_with_error"]

LARGEST_CHANGE = 5.0
"""Largest shift and width in eV that are tried."""


def noise_with_error(spectrum: NDArray, error: float, seed: int = 0) -> NDArray:
    """Return a spectrum with normal noise that has a mean squared error.

    Args:
        spectrum: (n_energies,) intensities.
        error: mean squared error.
        seed: seed of the noise.
    """
    noise = np.random.default_rng(seed).normal(size=spectrum.shape)
    return spectrum + noise * np.sqrt(error / np.mean(noise**2))


def shift_with_error(energies: NDArray, spectrum: NDArray, error: float) -> float | None:
    """Return the smallest shift in eV that changes a spectrum by a mean squared error; None if none up to 5 eV does.

    Args:
        energies: (n_energies,) axis in eV.
        spectrum: (n_energies,) intensities; beyond the axis, they are continued by their last value.
        error: mean squared error.
    """
    return _smallest(lambda shift: np.interp(energies - shift, energies, spectrum), spectrum, error)


def broadening_with_error(energies: NDArray, spectrum: NDArray, error: float) -> float | None:
    """Return the width of the Gaussian in eV that changes a spectrum by a mean squared error.

    Args:
        energies: (n_energies,) ascending axis in eV with equal steps.
        spectrum: (n_energies,) intensities.
        error: mean squared error.

    Returns:
        The standard deviation of the Gaussian with which the spectrum is convolved; None if none up to 5 eV does.
    """
    return _smallest(lambda width: smear(energies, spectrum, width), spectrum, error)


def _smallest(change: Callable[[float], NDArray], spectrum: NDArray, error: float) -> float | None:
    """Return the smallest size of a change that has a mean squared error."""

    def excess(size: float) -> float:
        return float(np.mean((change(size) - spectrum) ** 2) - error)

    sizes = np.linspace(0.0, LARGEST_CHANGE, 101)
    above = next((number for number, size in enumerate(sizes) if excess(size) >= 0), None)
    if above is None:
        return None
    return 0.0 if above == 0 else float(brentq(excess, sizes[above - 1], sizes[above]))
