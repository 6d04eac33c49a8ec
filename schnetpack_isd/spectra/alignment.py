"""Alignment of predicted spectra with measured ones."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls
from scipy.signal import find_peaks

__all__ = ["Alignment", "align", "edge_step", "edge_steps"]

STEP = 0.04
"""Step of the shifts in eV, before they are refined to a tenth of it."""

DECAY = 5.0
"""Weights fall to 1/e within this energy above the first peak, in eV."""

EDGES = np.arange(2.0, 11.0)
"""Energies of the edge step that are tried, above the first peak, in eV."""

POOR = 0.7
"""A fit of a lower correlation gives a warning."""

CLOSE = 0.05
"""Another shift whose correlation is lower than the best by less than this gives a warning."""

APART = 0.5
"""Shifts that differ by less than this are the same, in eV."""


@dataclass(frozen=True)
class Alignment:
    """Transformation of a predicted spectrum onto a measured one.

    Attributes:
        shift: added to the predicted axis, eV.
        scale: factor of the predicted intensities.
        offset: added to the scaled intensities.
        step: height of the edge step, also added.
        edge: energy of the edge step on the measured axis, eV.
        correlation: correlation of the measured spectrum and the fit, from 0 to 1.
        shifts: (n_shifts,) shifts that were tried, eV.
        correlations: (n_shifts,) correlation at each of them; NaN where the first peak is not in the measured range.
    """

    shift: float
    scale: float
    offset: float
    step: float
    edge: float
    correlation: float
    shifts: NDArray[np.float64] = field(repr=False)
    correlations: NDArray[np.float64] = field(repr=False)

    def apply(self, energies: ArrayLike, predicted: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a predicted spectrum as it was fitted to the measured one.

        Args:
            energies: (n_energies,) predicted axis in eV.
            predicted: (..., n_energies) predicted intensities.

        Returns:
            (n_energies,) measured axis, and (..., n_energies) intensities with scale, offset and edge step.
        """
        axis = np.asarray(energies, dtype=np.float64) + self.shift
        return axis, self.scale * np.asarray(predicted) + self.offset + self.step * edge_step(axis, self.edge)


def edge_step(energies: ArrayLike, edge: float, width: float = 1.0) -> NDArray[np.float64]:
    """Return an edge step, an arctangent that rises from 0 to 1.

    Args:
        energies: (n_energies,) axis in eV.
        edge: energy of half the height, eV.
        width: full width between a quarter and three quarters of the height, eV.

    References:
        Stöhr, NEXAFS Spectroscopy, Springer 1992, chapter 7.
    """
    return 0.5 + np.arctan((np.asarray(energies, dtype=np.float64) - edge) / (width / 2)) / np.pi


def edge_steps(energies: ArrayLike, edges: ArrayLike, width: float = 1.0) -> NDArray[np.float64]:
    """Return the mean (n_energies,) of the edge steps at several thresholds (n_edges,); see :func:`edge_step`."""
    return np.mean([edge_step(energies, edge, width) for edge in np.asarray(edges).tolist()], axis=0)


def align(
    energies: ArrayLike,
    predicted: ArrayLike,
    measured_energies: ArrayLike,
    measured: ArrayLike,
    *,
    shifts: tuple[float, float] = (-10.0, 5.0),
    energy_range: tuple[float, float] | None = None,
) -> Alignment:
    """Find the energy shift at which a predicted spectrum fits a measured one best.

    At each shift, scale, offset and an edge step, neither scale nor step negative, are fitted by weighted least
    squares. The shift with the highest correlation wins. Weights are 1 up to the first peak of the prediction and then
    fall exponentially, since the first peaks are the sharpest and the best calculated. Below its axis, the prediction
    counts as its first value.

    Args:
        energies: (n_energies,) predicted axis in eV, ascending.
        predicted: (n_energies,) predicted intensities.
        measured_energies: (n,) measured axis in eV, ascending.
        measured: (n,) measured intensities.
        shifts: lowest and highest shift to try, eV.
        energy_range: first and last measured energy to compare, eV; all of them if not given.

    Returns:
        The alignment, with the correlation at each shift.

    Raises:
        ValueError: an axis does not ascend, a number is not finite, the prediction is constant, or no shift brings its
            first peak into the measured range.

    Warns:
        UserWarning: the best shift is at the end of the range, the correlation is low, or another shift fits nearly as
            well.
    """
    if not -np.inf < shifts[0] <= shifts[1] < np.inf:
        raise ValueError(f"The shifts to try must be the lowest and the highest shift in eV, not {shifts}.")
    fit = _Fit(
        *_checked("predicted", energies, predicted), *_checked("measured", measured_energies, measured), energy_range
    )
    tried = np.arange(shifts[0], shifts[1] + STEP / 2, STEP)
    correlations = np.array([fit.correlation(shift) for shift in tried.tolist()])
    if not np.isfinite(correlations).any():
        raise ValueError(
            f"No shift from {shifts[0]:g} to {shifts[1]:g} eV brings the first peak of the prediction, at "
            f"{fit.first_peak:.1f} eV, into the measured range{fit.describe_range()}; try other shifts, and "
            "check that all energies are in eV."
        )
    best = float(tried[np.nanargmax(correlations)])
    _warn(best, tried, correlations)
    fine = best + np.arange(-10, 11) * STEP / 10
    best = float(fine[np.nanargmax([fit.correlation(shift) for shift in fine.tolist()])])
    correlation, edge, (scale, step, offset) = fit.at(best)
    return Alignment(best, scale, offset, step, edge, correlation, tried, correlations)


class _Fit:
    """Least-squares fit of a measured spectrum for a given shift."""

    def __init__(
        self,
        energies: NDArray,
        predicted: NDArray,
        axis: NDArray,
        measured: NDArray,
        energy_range: tuple[float, float] | None,
    ) -> None:
        self.energies, self.predicted = energies, predicted
        self.first_peak = _first_peak(energies, predicted)
        lowest, highest = energy_range or (-np.inf, np.inf)
        inside = (axis >= lowest) & (axis <= highest)
        self.axis, self.measured, self.widths = axis[inside], measured[inside], np.gradient(axis)[inside]

    def describe_range(self) -> str:
        """Return the measured range as text."""
        return f", {self.axis[0]:g} to {self.axis[-1]:g} eV" if len(self.axis) else ""

    def correlation(self, shift: float) -> float:
        """Return the correlation; NaN if the first peak is not in the measured range."""
        first = self.first_peak + shift
        inside = self.axis[self.axis <= self.energies[-1] + shift]
        if len(inside) < 5 or inside[0] > first - 0.5 or inside[-1] < first + 1.0:
            return np.nan
        return self.at(shift)[0]

    def at(self, shift: float) -> tuple[float, float, tuple[float, float, float]]:
        """Return the correlation, the energy of the edge step, and scale, step and offset."""
        first = self.first_peak + shift
        common = self.axis <= self.energies[-1] + shift
        axis, measured = self.axis[common], self.measured[common]
        weights = np.sqrt(np.exp(-np.clip(axis - first, 0.0, None) / DECAY) * self.widths[common])
        spectrum = np.interp(axis, self.energies + shift, self.predicted)
        constant = np.ones_like(axis)
        fits = []
        for edge in (first + EDGES).tolist():
            columns = np.stack([spectrum, edge_step(axis, edge), constant, -constant], axis=1)
            (scale, step, above, below), residual = nnls(weights[:, None] * columns, weights * measured)
            fits.append((residual, edge, (float(scale), float(step), float(above - below))))
        residual, edge, factors = min(fits)
        mean = np.average(measured, weights=weights**2)
        variation = np.sum((weights * (measured - mean)) ** 2)
        return float(np.sqrt(max(0.0, 1.0 - residual**2 / variation))) if variation > 0 else 0.0, edge, factors


def _checked(name: str, energies: ArrayLike, intensities: ArrayLike) -> tuple[NDArray, NDArray]:
    axis, values = np.asarray(energies, dtype=np.float64), np.asarray(intensities, dtype=np.float64)
    if axis.ndim != 1 or axis.shape != values.shape or len(axis) < 5:
        raise ValueError(
            f"The {name} spectrum must have as many energies as intensities, at least five, not {axis.shape} and "
            f"{values.shape}."
        )
    if not (np.isfinite(axis).all() and np.isfinite(values).all()) or np.any(np.diff(axis) <= 0):
        raise ValueError(f"The {name} energies must ascend, and all numbers must be finite.")
    return axis, values


def _first_peak(energies: NDArray, predicted: NDArray) -> float:
    """Return the energy of the first peak that rises by a tenth of the range; without one, where half is reached."""
    rise = np.ptp(predicted)
    if rise == 0:
        raise ValueError("The predicted spectrum is constant; there is nothing to align.")
    peaks, _ = find_peaks(predicted, prominence=0.1 * rise)
    index = peaks[0] if len(peaks) else np.argmax(predicted >= predicted.min() + rise / 2)
    return float(energies[index])


def _warn(best: float, tried: NDArray, correlations: NDArray) -> None:
    highest = np.nanmax(correlations)
    if best in (tried[0], tried[-1]):
        warnings.warn(f"The best shift, {best:g} eV, is at the end of the range that was tried.", stacklevel=3)
    if highest < POOR:
        warnings.warn(
            f"The correlation at the best shift, {best:.2f} eV, is only {highest:.2f}: the spectra hardly agree. Look "
            "at them, and compare fewer energies.",
            stacklevel=3,
        )
    peaks, _ = find_peaks(np.nan_to_num(correlations, nan=-1.0), prominence=0.01)
    others = [peak for peak in peaks if abs(tried[peak] - best) > APART and correlations[peak] > highest - CLOSE]
    if others:
        also = ", ".join(f"{tried[peak]:.2f} eV ({correlations[peak]:.2f})" for peak in others)
        warnings.warn(
            f"Other shifts fit nearly as well as {best:.2f} eV (correlation {highest:.2f}): {also}. Try "
            "fewer shifts, or compare fewer energies.",
            stacklevel=3,
        )
