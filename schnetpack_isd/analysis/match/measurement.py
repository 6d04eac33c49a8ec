"""Preparation of a measured spectrum for a fit: its part on the predicted axis, bins, noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binned_statistic

from schnetpack_isd.measured import MeasuredSpectrum, check_edge, estimate_noise

__all__ = ["Measurement", "prepare"]

BIN = 0.1
"""Width of the bins of a finely measured spectrum in eV; the sharpest peaks are 0.6 eV wide."""

LEAST_POINTS = 20
"""Smallest number of points in the range that is compared."""

LEAST_NOISE = 0.003
"""Smallest noise, relative to the range of the intensities."""

BELOW = 3.0
"""Energies this far below the predicted axis are compared, in eV; predictions are constant there."""


@dataclass(frozen=True)
class Measurement:
    """The part of a measured spectrum that is compared.

    Attributes:
        energies: (n,) axis in eV.
        intensities: (n,) intensities from 0 to 1.
        noise: standard deviation of the intensities.
        lowest: measured intensity that is 0 here.
        height: measured intensities from 0 to 1 here.
    """

    energies: NDArray[np.float64]
    intensities: NDArray[np.float64]
    noise: float
    lowest: float
    height: float


def prepare(
    measured: MeasuredSpectrum,
    axis: NDArray,
    shifts: tuple[float, float],
    noise: float | None = None,
    energy_range: tuple[float, float] | None = None,
) -> Measurement:
    """Cut a measured spectrum to the predicted axis, average fine steps, and estimate its noise.

    Args:
        measured: the spectrum.
        axis: (n_energies,) predicted axis in eV.
        shifts: lowest and highest shift of the prediction in eV.
        noise: standard deviation of the intensities of the points, relative to the range of the intensities; estimated
            if None, see :func:`~schnetpack_isd.measured.estimate_noise`.
        energy_range: first and last measured energy to compare, eV; all of them if not given.

    Raises:
        ValueError: the range does not ascend, too few points are within it and on the predicted axis, or the
            intensities do not vary; the message says whether they look like another edge.
    """
    check_edge(measured, (float(axis[0]), float(axis[-1])))
    energies, intensities = measured.energies, measured.intensities
    first, last = energy_range or (-np.inf, np.inf)
    if not first < last:
        raise ValueError(f"The range must be the first and the last energy in eV, not {first:g} and {last:g}.")
    first, last = max(first, axis[0] + shifts[0] - BELOW), min(last, axis[-1] + shifts[0])
    inside = (energies >= first) & (energies <= last)
    n_inside = int(inside.sum())
    energies, intensities = _binned(energies[inside], intensities[inside])
    if len(energies) < LEAST_POINTS:
        raise ValueError(
            f"{measured.source}: only {len(energies)} points, {BIN:g} eV or more apart, can be compared with the "
            f"predicted axis, from {first:.1f} to {last:.1f} eV; at least {LEAST_POINTS} are needed."
        )
    lowest, height = float(intensities.min()), float(np.ptp(intensities))
    if height == 0:
        raise ValueError(f"{measured.source}: the intensities do not vary from {energies[0]:g} to {energies[-1]:g} eV.")
    scaled = (intensities - lowest) / height
    found = estimate_noise([(energies, scaled)])
    if noise is not None:
        found = noise * float(np.sqrt(len(energies) / n_inside))  # bins average it
    return Measurement(energies, scaled, max(found, LEAST_NOISE), lowest, height)


def _binned(energies: NDArray, intensities: NDArray) -> tuple[NDArray, NDArray]:
    """Average the points in each bin; bins without points are left out."""
    if len(energies) < 2 or np.median(np.diff(energies)) >= BIN:
        return energies, intensities
    edges = np.arange(energies[0], energies[-1] + BIN, BIN)
    means, *_ = binned_statistic(energies, [energies, intensities], "mean", edges)
    filled = means[:, np.isfinite(means[0])]
    return filled[0], filled[1]
