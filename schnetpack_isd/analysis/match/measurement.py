"""Preparation of measured spectra for a fit: their part on the predicted axis, bins, noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binned_statistic

from schnetpack_isd.measured import MeasuredSeries, MeasuredSpectrum, check_edge, estimate_noise

__all__ = ["Measurement", "prepare", "prepare_series", "require_angles"]

BIN = 0.1
"""Width of the bins of a finely measured spectrum in eV; the sharpest peaks are 0.6 eV wide."""

LEAST_POINTS = 20
"""Smallest number of points of a spectrum in the range that is compared."""

LEAST_NOISE = 0.003
"""Smallest noise, relative to the range of the intensities."""

BELOW = 3.0
"""Energies this far below the predicted axis are compared, in eV; predictions are constant there."""

_Number = TypeVar("_Number", bound=np.generic)


@dataclass(frozen=True)
class Measurement:
    """The part of measured spectra that is compared.

    Attributes:
        energies: (n,) energies in eV of the points of all spectra, one spectrum after the other.
        intensities: (n,) intensities, from 0 to 1 over all spectra.
        spectrum: (n,) number of the spectrum of each point, from 0.
        noise: standard deviation of the intensities.
        lowest: measured intensity that is 0 here.
        height: measured intensities from 0 to 1 here.
        angles: angle in degrees between field and film normal of each spectrum; None for an isotropic one.
    """

    energies: NDArray[np.float64]
    intensities: NDArray[np.float64]
    spectrum: NDArray[np.int64]
    noise: float
    lowest: float
    height: float
    angles: tuple[float, ...] | None = None

    @property
    def n_spectra(self) -> int:
        """Number of spectra."""
        return int(self.spectrum[-1]) + 1

    def split(self, values: NDArray[_Number]) -> list[NDArray[_Number]]:
        """Return the values (n,) of each spectrum."""
        return np.split(values, np.flatnonzero(np.diff(self.spectrum)) + 1)


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
    return _prepare([measured], axis, shifts, noise, energy_range)


def prepare_series(
    series: MeasuredSeries,
    axis: NDArray,
    shifts: tuple[float, float],
    noise: float | None = None,
    energy_range: tuple[float, float] | None = None,
) -> Measurement:
    """Prepare spectra at several angles as :func:`prepare` does; they keep their relative intensities.

    Args:
        series: the spectra.
        axis: (n_energies,) predicted axis in eV.
        shifts: lowest and highest shift of the prediction in eV.
        noise: standard deviation of the intensities of the points, relative to the range of the intensities of all
            spectra; one for all of them is estimated if None.
        energy_range: first and last measured energy to compare, eV; all of them if not given.

    Raises:
        ValueError: as for :func:`prepare`, or there are no spectra, or one has no angle.
    """
    require_angles(series)
    measurement = _prepare(series.spectra, axis, shifts, noise, energy_range)
    return replace(measurement, angles=tuple(series.angles.tolist()))


def require_angles(series: MeasuredSeries) -> None:
    """Check that there are spectra, and that each has an angle; see :meth:`MeasuredSeries.require_angles`."""
    series.require_angles("a comparison in a film", "Compare an isotropic spectrum by itself (`--measured`).")


def _prepare(
    spectra: Sequence[MeasuredSpectrum],
    axis: NDArray,
    shifts: tuple[float, float],
    noise: float | None,
    energy_range: tuple[float, float] | None,
) -> Measurement:
    for spectrum in spectra:
        check_edge(spectrum, (float(axis[0]), float(axis[-1])))
    first, last = energy_range or (-np.inf, np.inf)
    if not first < last:
        raise ValueError(f"The range must be the first and the last energy in eV, not {first:g} and {last:g}.")
    covered = (axis[0] + shifts[0] - BELOW, axis[-1] + shifts[0])
    limits = (max(first, covered[0]), min(last, covered[1]))
    if not limits[0] < limits[1]:
        raise ValueError(
            f"The range from {first:g} to {last:g} eV has no energies that can be compared: the prediction covers "
            f"{covered[0]:.1f} to {covered[1]:.1f} eV."
        )
    parts = [_cut(spectrum, *limits) for spectrum in spectra]
    intensities = np.concatenate([part[1] for part in parts])
    lowest, height = float(intensities.min()), float(np.ptp(intensities))
    found = estimate_noise([(energies, (values - lowest) / height) for energies, values, _ in parts])
    if noise is not None:
        share = len(intensities) / sum(n_inside for *_, n_inside in parts)
        found = noise * float(np.sqrt(share))  # bins average it
    return Measurement(
        energies=np.concatenate([part[0] for part in parts]),
        intensities=(intensities - lowest) / height,
        spectrum=np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts]),
        noise=max(found, LEAST_NOISE),
        lowest=lowest,
        height=height,
    )


def _cut(measured: MeasuredSpectrum, first: float, last: float) -> tuple[NDArray, NDArray, int]:
    """Return energies and intensities from one energy to another in bins, and the number of points before.

    Raises:
        ValueError: there are too few, or the intensities do not vary.
    """
    inside = (measured.energies >= first) & (measured.energies <= last)
    energies, intensities = _binned(measured.energies[inside], measured.intensities[inside])
    if len(energies) < LEAST_POINTS:
        raise ValueError(
            f"{measured.source}: only {len(energies)} points, {BIN:g} eV or more apart, can be compared, from "
            f"{first:.1f} to {last:.1f} eV; at least {LEAST_POINTS} are needed."
        )
    if np.ptp(intensities) == 0:
        raise ValueError(f"{measured.source}: the intensities do not vary from {energies[0]:g} to {energies[-1]:g} eV.")
    return energies, intensities, int(inside.sum())


def _binned(energies: NDArray, intensities: NDArray) -> tuple[NDArray, NDArray]:
    """Average the points in each bin; bins without points are left out."""
    if len(energies) < 2 or np.median(np.diff(energies)) >= BIN:
        return energies, intensities
    edges = np.arange(energies[0], energies[-1] + BIN, BIN)
    means, *_ = binned_statistic(energies, [energies, intensities], "mean", edges)
    filled = means[:, np.isfinite(means[0])]
    return filled[0], filled[1]
