"""Peaks of a spectrum, and the same peaks in other spectra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.signal import find_peaks

__all__ = ["Peak", "match_peaks", "spectrum_peaks"]

REACH = 0.7
"""Largest difference of the energies of the same peak in two spectra, in eV."""


@dataclass(frozen=True)
class Peak:
    """A maximum of a spectrum.

    Attributes:
        energy: position in eV, the vertex of the parabola through three energies.
        height: intensity there.
        part: energies of the axis within the full width at half the prominence.
    """

    energy: float
    height: float
    part: slice


def spectrum_peaks(energies: NDArray, spectrum: NDArray, prominence: float) -> list[Peak]:
    """Find the peaks of a spectrum.

    Args:
        energies: (n_energies,) axis in eV, with equal steps.
        spectrum: (n_energies,) intensities.
        prominence: smallest prominence, relative to the highest intensity.

    Returns:
        The peaks, by energy.
    """
    spectrum = np.asarray(spectrum, dtype=np.float64)
    indices, found = find_peaks(spectrum, prominence=prominence * spectrum.max(), width=0.0, rel_height=0.5)
    ends = zip(np.floor(found["left_ips"]).astype(int), np.ceil(found["right_ips"]).astype(int), strict=True)
    parts = [slice(int(first), int(last) + 1) for first, last in ends]
    return [Peak(*_vertex(energies, spectrum, int(index)), part) for index, part in zip(indices, parts, strict=True)]


def _vertex(energies: NDArray, spectrum: NDArray, index: int) -> tuple[float, float]:
    """Return energy and height of the vertex of the parabola through a maximum and its neighbours."""
    left, top, right = spectrum[index - 1 : index + 2].tolist()
    curvature = left - 2 * top + right
    steps = 0.0 if curvature == 0 else (left - right) / (2 * curvature)
    return float(energies[index] + steps * (energies[1] - energies[0])), top - (left - right) * steps / 4


def match_peaks(peaks: Sequence[Peak], others: Sequence[Peak], reach: float = REACH) -> list[Peak | None]:
    """Find the same peaks in another spectrum: pairs with the smallest sum of differences in energy.

    Args:
        peaks: peaks to find.
        others: peaks of the other spectrum.
        reach: largest difference in energy in eV.

    Returns:
        The matching peak for each of `peaks`, or None.
    """
    found: list[Peak | None] = [None] * len(peaks)
    differences = np.array([[abs(one.energy - other.energy) for other in others] for one in peaks])
    if differences.size:
        for row, column in zip(*linear_sum_assignment(np.minimum(differences, reach)), strict=True):
            if differences[row, column] < reach:
                found[row] = others[column]
    return found
