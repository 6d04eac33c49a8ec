"""Fit of the spectra of a film, without uncertainties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.measured import MeasuredSeries, estimate_noise

from .design import LARGEST_SHIFT, Design, Nuisance, Points
from .molecule import FilmMolecule
from .solve import Solution, minimise, solve_linear

__all__ = ["FilmFit", "fit_film", "order_of"]

SHIFTS = np.linspace(-LARGEST_SHIFT, LARGEST_SHIFT, 21)
"""Shifts from which the best start is chosen, in eV."""

BROADENINGS = (0.1, 0.35)
"""Broadenings from which the best start is chosen, in eV."""

APART = 0.3
"""Minima whose shifts differ by less than this are the same, in eV."""


@dataclass(frozen=True)
class FilmFit:
    """Fit of the spectra of a film.

    Attributes:
        solution: the best solution.
        others: solutions at other shifts that are minima too, the best first.
        points: the measured points.
        expected: (n_points,) size of the residuals relative to the noise that the scatter of the members lets expect.
        design: the linear model.
        noise: standard deviation of the noise of the measured intensities, from neighbouring points.
        fit_polarisation: whether the degree of polarisation was fitted.
    """

    solution: Solution
    others: tuple[Solution, ...]
    points: Points = field(repr=False)
    expected: NDArray[np.float64] = field(repr=False)
    design: Design = field(repr=False)
    noise: float
    fit_polarisation: bool

    @property
    def weights(self) -> NDArray[np.float64]:
        """(n_points,) factors of the residuals."""
        return self.points.weights / self.expected

    @property
    def scale(self) -> float:
        """Factor from the intensities of the molecule to measured ones."""
        return scale_of(self.design, self.solution)

    @property
    def order(self) -> float:
        """Order parameter of the molecular axis."""
        return order_of(self.solution)

    @property
    def offsets(self) -> NDArray[np.float64]:
        """(n_angles,) constants that were added at each angle."""
        first = self.design.n_moments
        return self.solution.linear[first : first + self.points.n_angles]

    @property
    def step(self) -> float:
        """Height of the edge step; 0 without thresholds."""
        return float(self.solution.linear[-1]) if len(self.design.thresholds) else 0.0

    @property
    def scale_of_angles(self) -> NDArray[np.float64]:
        """(n_angles,) factor of the fit at each angle that would suit its spectrum best, with an offset of its own."""
        parts = (self.points.split(values) for values in (self.solution.fitted, self.points.intensities, self.weights))
        return np.array(
            [np.polyfit(fitted, measured, 1, w=weights)[0] for fitted, measured, weights in zip(*parts, strict=True)]
        )

    @property
    def residuals(self) -> NDArray[np.float64]:
        """(n_points,) measured less fitted intensities."""
        return self.points.intensities - self.solution.fitted

    @property
    def explained(self) -> float:
        """Share of the variance of the measured intensities, each angle about its mean, that the fit explains."""
        total = sum(np.sum((part - part.mean()) ** 2) for part in self.points.split(self.points.intensities))
        return float(1 - np.sum(self.residuals**2) / total)

    def with_molecule(self, molecule: FilmMolecule) -> Solution:
        """Fit the same intensities with another tensor, from this solution."""
        design = Design(molecule, self.points, self.design.axis)
        start = self.solution.nuisance
        return minimise(design, self.points.intensities, self.weights, start, self.fit_polarisation)

    def with_cosines(self, molecule: FilmMolecule, cosine2: NDArray[np.float64]) -> FilmFit:
        """Fit the same intensities as spectra at other angles.

        Args:
            molecule: the molecule.
            cosine2: (n_angles,) squared cosines of the angles between field and film normal.
        """
        points = replace(self.points, cosine2=cosine2[self.points.angle])
        design = Design(molecule, points, self.design.axis)
        solutions = _minima(design, self.weights, self.solution.nuisance, self.fit_polarisation)
        return replace(self, solution=solutions[0], others=tuple(solutions[1:]), points=points, design=design)

    def refit(self, intensities: NDArray[np.float64]) -> Solution:
        """Fit other intensities at the same points, from this solution."""
        return minimise(self.design, intensities, self.weights, self.solution.nuisance, self.fit_polarisation)


def scale_of(design: Design, solution: Solution) -> float:
    """Return the factor from the intensities of the molecule to measured ones in a solution."""
    return float(solution.linear[0] if design.n_moments == 2 else solution.linear[:3].sum())


def order_of(solution: Solution) -> float:
    """Return the order parameter of the molecular axis in a solution."""
    return float(solution.linear[1] / solution.linear[0])


def fit_film(
    molecule: FilmMolecule,
    series: MeasuredSeries,
    axis: NDArray[np.float64] | None,
    energy_range: tuple[float, float] | None = None,
    fit_polarisation: bool = False,
) -> FilmFit:
    """Fit the spectra of a film.

    With an ensemble, there are two passes. In the second one, points weigh less where the members differ more than the
    noise.

    Args:
        molecule: the molecule.
        series: measured spectra.
        axis: (3,) molecular axis about which the molecules are turned at random; None if there is no such axis.
        energy_range: first and last measured energy to compare, eV.
        fit_polarisation: fit the degree of polarisation too.

    Returns:
        The fit.
    """
    lowest, highest = energy_range or (-np.inf, np.inf)
    points = Points.of(series, lowest, min(highest, molecule.energies[-1] - LARGEST_SHIFT))
    design = Design(molecule, points, axis)
    noise = _noise(points)
    start = Nuisance(0.0, 0.0, 1.0 if series.polarisation is None else series.polarisation)
    solutions = _minima(design, points.weights, start, fit_polarisation)
    expected = np.ones_like(points.weights)
    if molecule.members is not None:
        scatter = scale_of(design, solutions[0]) * _member_scatter(molecule, points, solutions[0].nuisance.shift)
        expected = np.sqrt(1 + (scatter / noise) ** 2)
        solutions = _minima(design, points.weights / expected, start, fit_polarisation)
    return FilmFit(solutions[0], tuple(solutions[1:]), points, expected, design, noise, fit_polarisation)


def _noise(points: Points) -> float:
    """Return the noise, at least a thousandth of the highest intensity, so that spectra without noise have weights."""
    spectra = zip(points.split(points.energies), points.split(points.intensities), strict=True)
    return max(estimate_noise(spectra), 1e-3 * float(np.ptp(points.intensities)))


def _member_scatter(molecule: FilmMolecule, points: Points, shift: float) -> NDArray:
    """Return the standard deviation of the isotropic spectrum of the members at the points."""
    assert molecule.members is not None
    isotropic = np.einsum("...iik->...k", molecule.members) / 3
    scatter = np.sqrt(np.mean((isotropic - np.einsum("iik->k", molecule.tensor) / 3) ** 2, axis=0))
    return np.interp(points.energies - shift, molecule.energies, scatter)


def _minima(design: Design, weights: NDArray, start: Nuisance, fit_polarisation: bool) -> Sequence[Solution]:
    """Return the minima of the misfit, the best first."""
    intensities = design.points.intensities
    tried = [
        min(
            (
                solve_linear(design, Nuisance(shift, width, start.polarisation), intensities, weights)
                for width in BROADENINGS
            ),
            key=lambda solution: solution.misfit,
        )
        for shift in SHIFTS.tolist()
    ]
    misfits = np.array([np.inf, *(solution.misfit for solution in tried), np.inf])
    is_minimum = (misfits[1:-1] <= misfits[:-2]) & (misfits[1:-1] <= misfits[2:])
    found = [
        minimise(design, intensities, weights, tried[number].nuisance, fit_polarisation)
        for number in np.flatnonzero(is_minimum)
    ]
    different: list[Solution] = []
    for solution in sorted(found, key=lambda solution: solution.misfit):
        if all(abs(solution.nuisance.shift - other.nuisance.shift) > APART for other in different):
            different.append(solution)
    return different
