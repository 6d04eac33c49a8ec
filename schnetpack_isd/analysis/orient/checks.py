"""Checks before a fit, and warnings after it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from schnetpack_isd.measured import UNKNOWN_POLARISATION, MeasuredSeries, check_edge

from .design import LARGEST_BROADENING, LARGEST_SHIFT
from .estimate import Estimate
from .film_fit import FilmFit, order_of
from .molecule import FilmMolecule
from .moments import Moments
from .solve import LOWEST_POLARISATION, Solution

__all__ = ["check_input", "check_range", "warn_of_fit", "warn_of_input", "warn_of_moments", "warn_of_order"]

NARROW = 0.25
"""Smallest range of the squared cosines of the angles that needs no warning; 20 and 55 degrees have 0.55."""

WIDE = 0.25
"""Half width of an interval of order parameters above which the measurement says little."""

NEARLY = 1.5
"""Another minimum whose misfit is this many times that of the best one, or less, fits nearly as well."""

DIFFERENT = 0.05
"""Order parameters that differ by more are different."""

POOR = 0.9
"""A fit that explains less of the variance is poor."""

WIDE_SHIFT = 0.6
"""Energy shift in eV that is hardly that of the model's axis alone: three times its uncertainty."""

IMPERFECT = 0.98
"""With a wide shift, a fit that explains less of the variance suggests that the measured energies are wrong."""

LEAST_ANISOTROPY = 0.01
"""Smallest difference between the spectrum along the axis and the isotropic one, relative to the highest intensity."""

UNEQUAL = 0.05
"""Spectra whose scale differs by more from the common one are normalised differently."""


def check_input(molecule: FilmMolecule, series: MeasuredSeries, axis: NDArray[np.float64] | None) -> None:
    """Check that spectra can be fitted.

    Raises:
        ValueError: there are no spectra, one is constant, has no angle or does not overlap the energies of the
            molecule, the polarisation or the axis is not as described, or the molecule has the isotropic spectrum along
            the axis.
    """
    series.require_angles("the orientation")
    for spectrum in series.spectra:
        if np.ptp(spectrum.intensities) == 0:
            raise ValueError(f"{spectrum.source} is constant; choose the column of the intensities.")
        check_edge(spectrum, (float(molecule.energies[0]), float(molecule.energies[-1]) - LARGEST_SHIFT))
    if series.polarisation is not None and not 0 < series.polarisation <= 1:
        raise ValueError(f"The degree of polarisation must be above 0 and at most 1, not {series.polarisation:g}.")
    if axis is not None and (axis.shape != (3,) or not np.isfinite(axis).all() or not np.any(axis)):
        raise ValueError(f"The molecular axis must be three finite numbers that are not all zero, not {axis}.")
    if axis is not None:
        _check_anisotropy(molecule, axis / np.linalg.norm(axis))


def _check_anisotropy(molecule: FilmMolecule, axis: NDArray[np.float64]) -> None:
    isotropic = np.einsum("iik->k", molecule.tensor) / 3
    difference = np.einsum("i,ijk,j->k", axis, molecule.tensor, axis) - isotropic
    if np.abs(difference).max() < LEAST_ANISOTROPY * np.abs(isotropic).max():
        raise ValueError(
            f"The spectrum of {molecule.name} along this axis is the isotropic one within {LEAST_ANISOTROPY:.0%}, so "
            "spectra of a film do not depend on the orientation of the axis; choose another one."
        )


def check_range(molecule: FilmMolecule, series: MeasuredSeries, energy_range: tuple[float, float] | None) -> None:
    """Check the energies to compare.

    Raises:
        ValueError: they do not ascend, or a spectrum has fewer than ten points among those that the molecule has.
    """
    if energy_range is None:
        return
    if not energy_range[0] < energy_range[1]:
        raise ValueError(f"The range must be the first and the last energy in eV, not {energy_range}.")
    last = min(energy_range[1], float(molecule.energies[-1]) - LARGEST_SHIFT)
    if last <= energy_range[0]:
        raise ValueError(
            f"The range begins at {energy_range[0]:g} eV, but the spectrum of {molecule.name} can only be compared up "
            f"to {last:.1f} eV."
        )
    for spectrum in series.spectra:
        check_edge(spectrum, (energy_range[0], last))


def warn_of_input(molecule: FilmMolecule, series: MeasuredSeries, fit: FilmFit) -> Iterator[str]:
    """Yield warnings about the molecule, the angles and the measured range."""
    if molecule.extrapolated:
        yield f"{molecule.name} is unlike the training data of the model; its tensor and the intervals are unreliable."
    if molecule.members is None:
        yield f"The tensor of {molecule.name} has no ensemble, so its errors are not in the intervals."
    if series.polarisation is None and not fit.fit_polarisation:
        yield f"{UNKNOWN_POLARISATION} With 1, the order parameter comes out too small, roughly by that factor."
    cosines = np.unique(fit.points.cosine2)
    if len(cosines) < 2:
        yield (
            "There is only one angle, so the orientation follows from the shape of one spectrum alone; measure at "
            "grazing and at normal incidence."
        )
    elif np.ptp(cosines) < NARROW:
        yield f"The angles are close together, from {series.angles.min():g} to {series.angles.max():g} degrees."
    peaks, _ = find_peaks(np.einsum("iik->k", molecule.tensor), prominence=0.02 * np.ptp(molecule.tensor))
    first = float(molecule.energies[peaks[0]] if len(peaks) else molecule.energies[0])
    if fit.points.energies.min() > first - 0.5:
        yield (
            f"The measured energies begin at {fit.points.energies.min():g} eV and miss the first peak of the molecule, "
            f"at {first:.1f} eV, so that the shift is uncertain."
        )
    if any(spectrum.energies[-1] > molecule.energies[-1] + 5 for spectrum in series.spectra):
        yield (
            f"Measured energies above {fit.points.energies.max():.1f} eV are not used; the spectrum of {molecule.name} "
            f"ends at {molecule.energies[-1]:.1f} eV."
        )


def warn_of_fit(fit: FilmFit, series: MeasuredSeries, name: str) -> Iterator[str]:
    """Yield warnings about the quality of a fit of the molecule with a name, and about its parameters."""
    if fit.scale <= 0:
        yield "The scale is negative: the spectra are not those of this molecule, or they are upside down."
    if fit.explained < POOR:
        yield (
            f"The fit explains only {fit.explained:.0%} of the variance of the spectra: are they of {name}? If so, "
            "look at the figure, and choose the energies to compare (`--range`)."
        )
    nuisance = fit.solution.nuisance
    if abs(nuisance.shift) > 0.99 * LARGEST_SHIFT:
        yield (
            f"The energy shift is at its limit of {LARGEST_SHIFT:g} eV; correct the measured energies first, by a scan "
            "of a known sample if their shift is not known."
        )
    elif abs(nuisance.shift) > WIDE_SHIFT and fit.explained < IMPERFECT:
        yield (
            f"The energy shift is {nuisance.shift:+.2f} eV, and the fit explains only {fit.explained:.0%} of the "
            "variance: the scale of the measured energies may be wrong. Calibrate it with a scan of a known sample if "
            "its shift is not known."
        )
    if nuisance.broadening > 0.99 * LARGEST_BROADENING:
        yield f"The further broadening is at its limit of {LARGEST_BROADENING:g} eV."
    if fit.fit_polarisation and not 1.01 * LOWEST_POLARISATION < nuisance.polarisation < 0.999:
        yield f"The degree of polarisation is at its limit, {nuisance.polarisation:.2f}; measure it instead."
    factors = fit.scale_of_angles
    if np.any(np.abs(factors - 1) > UNEQUAL):
        worst = int(np.argmax(np.abs(factors - 1)))
        yield (
            f"{series.spectra[worst].source} would fit better with {1 / factors[worst]:.2f} times its intensity: are "
            "all spectra normalised in the same way, to the flux and to the intensity far above the edge?"
        )


def warn_of_order(fit: FilmFit, order: Estimate) -> Iterator[str]:
    """Yield warnings about an order parameter."""
    low, high = order.interval
    if not -0.5 <= order.value <= 1:
        yield (
            f"The order parameter, {order.value:.2f}, is not within -0.5 and 1: check the axis, the angles, the "
            "polarisation and the normalisation."
        )
    if order.half_width > WIDE:
        yield (
            f"The order parameter is ill-determined ({order}): along this axis the spectrum of the molecule hardly "
            "differs from the isotropic one, or the spectra say little."
        )
    elif low < 0 < high:
        yield (
            "The spectra hardly depend on the angle: a tilt near the magic angle (54.7 degrees) and a film without "
            "order look the same."
        )
    for other in fit.others:
        if _is_near(fit, other) and abs(order_of(other) - order.value) > max(DIFFERENT, order.half_width):
            yield (
                f"Another shift, {other.nuisance.shift:+.2f} eV, fits nearly as well and has the order parameter "
                f"{order_of(other):.2f}; calibrate the measured energies, or compare fewer of them (`--range`)."
            )


def warn_of_moments(moments: Moments) -> Iterator[str]:
    """Yield warnings about second moments."""
    if moments.n_determined < 5:
        yield (
            f"The spectra determine {moments.n_determined} of the five numbers of the orientation; the others are as "
            "in an unoriented film. Give a molecular axis if molecules are turned at random about one."
        )


def _is_near(fit: FilmFit, other: Solution) -> bool:
    return other.linear[0] > 0 and other.misfit < NEARLY * fit.solution.misfit
