"""Noise of measured spectra."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import median_abs_deviation

__all__ = ["estimate_noise"]


def estimate_noise(spectra: Iterable[tuple[NDArray, NDArray]]) -> float:
    """Estimate the noise that spectra have in common.

    It is the robust standard deviation of points from the line through their neighbours, divided by that of the same
    combination of three independent points of unit variance. Its median hardly depends on peaks.

    Args:
        spectra: (n,) ascending energies and (n,) intensities of each spectrum, three points or more.

    Returns:
        Standard deviation of a point.
    """
    differences = [_from_neighbours(energies, intensities) for energies, intensities in spectra]
    return float(median_abs_deviation(np.concatenate(differences), scale="normal"))


def _from_neighbours(energies: NDArray, intensities: NDArray) -> NDArray:
    share = (energies[1:-1] - energies[:-2]) / (energies[2:] - energies[:-2])
    line = (1 - share) * intensities[:-2] + share * intensities[2:]
    return (intensities[1:-1] - line) / np.sqrt(1 + share**2 + (1 - share) ** 2)
