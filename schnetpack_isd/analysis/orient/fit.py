"""Orientation of molecules in a uniaxial film, from spectra at several angles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from schnetpack_isd.measured import MeasuredSeries

from .checks import check_input, check_range, warn_of_fit, warn_of_input, warn_of_moments, warn_of_order
from .estimate import Estimate
from .film_fit import FilmFit, fit_film, order_of
from .molecule import FilmMolecule
from .moments import solve_moments
from .result import MomentsResult, OrderResult
from .solve import Solution
from .uncertainty import of_members, resample

__all__ = ["fit_moments", "fit_order"]


def fit_order(
    molecule: FilmMolecule,
    series: MeasuredSeries,
    axis: ArrayLike,
    *,
    energy_range: tuple[float, float] | None = None,
    fit_polarisation: bool = False,
    seed: int = 0,
    progress: bool = True,
) -> OrderResult:
    r"""Fit the order parameter of a molecular axis to spectra of a film.

    Molecules are turned at random about the axis, and about the film normal. See :mod:`.design` for the model. All
    angles share one scale and the height of the edge step; each has an offset.

    Args:
        molecule: the molecule, on the energy axis of the measured spectra within :data:`.design.LARGEST_SHIFT`.
        series: spectra of one film, normalised in the same way.
        axis: (3,) molecular axis of any non-zero length.
        energy_range: first and last measured energy to compare, eV; all of them if not given.
        fit_polarisation: also fit the degree of polarisation.
        seed: seed of the bootstrap.
        progress: show a progress bar.

    Returns:
        The order parameter with its uncertainty, the fit, and warnings.

    Raises:
        ValueError: an argument is not as described, or the spectra do not overlap the energies of the molecule; the
            message names the spectrum.

    References:
        Stöhr, NEXAFS Spectroscopy, Springer 1992, chapter 9; Golub and Pereyra, SIAM J. Numer. Anal. 1973, 10, 413,
        doi:10.1137/0710036 (variable projection).
    """
    axis = np.asarray(axis, dtype=np.float64)
    fit = _checked_fit(molecule, series, axis, energy_range, fit_polarisation)
    found = _all_solutions(fit, molecule, seed, progress)
    order = found.estimate(order_of)
    warnings = (*warn_of_input(molecule, series, fit), *warn_of_fit(fit, series), *warn_of_order(fit, order))
    return OrderResult(molecule.name, axis / np.linalg.norm(axis), order, *found.nuisance, fit, series, warnings)


def fit_moments(
    molecule: FilmMolecule,
    series: MeasuredSeries,
    *,
    energy_range: tuple[float, float] | None = None,
    fit_polarisation: bool = False,
    seed: int = 0,
    progress: bool = True,
) -> MomentsResult:
    """Fit the second moments of the film normal in the frame of the molecule, five numbers, without a molecular axis.

    Args:
        molecule: the molecule.
        series: spectra of one film, normalised in the same way.
        energy_range: first and last measured energy to compare, eV.
        fit_polarisation: also fit the degree of polarisation.
        seed: seed of the bootstrap.
        progress: show a progress bar.

    Returns:
        The moments, their principal axes with uncertainties, the fit, and warnings.

    Raises:
        ValueError: as for :func:`fit_order`.
    """
    fit = _checked_fit(molecule, series, None, energy_range, fit_polarisation)
    found = _all_solutions(fit, molecule, seed, progress)
    moments = solve_moments(fit, fit.solution)
    drawn, members = (
        np.array([solve_moments(fit, solution).eigenvalues for solution in solutions])
        for solutions in (found.drawn, found.members)
    )
    eigenvalues = tuple(
        replace(
            _estimate(
                float(moments.eigenvalues[n]), drawn[:, n].tolist(), members[:, n].tolist() if len(members) else []
            ),
            undetermined=float(moments.undetermined[n]),
        )
        for n in range(3)
    )
    warnings = (*warn_of_input(molecule, series, fit), *warn_of_fit(fit, series), *warn_of_moments(moments))
    return MomentsResult(molecule.name, moments, eigenvalues, *found.nuisance, fit, series, warnings)


def _checked_fit(
    molecule: FilmMolecule,
    series: MeasuredSeries,
    axis: NDArray[np.float64] | None,
    energy_range: tuple[float, float] | None,
    fit_polarisation: bool,
) -> FilmFit:
    check_input(molecule, series, axis)
    check_range(molecule, series, energy_range)
    unit = None if axis is None else axis / np.linalg.norm(axis)
    return fit_film(molecule, series, unit, energy_range, fit_polarisation)


def _estimate(center: float, drawn: Sequence[float], members: Sequence[float]) -> Estimate:
    """Return a number with the scatter of its values for resampled spectra and for members."""
    model = float(np.sqrt(np.mean((np.array(members) - center) ** 2))) if members else None
    return Estimate(center, float(np.std(drawn, ddof=1)), model)


@dataclass(frozen=True)
class _Solutions:
    """Solution of the measured spectra, those of resampled ones, and those with the tensors of members."""

    best: Solution
    drawn: Sequence[Solution]
    members: Sequence[Solution]

    def estimate(self, value: Callable[[Solution], float]) -> Estimate:
        """Return a number that follows from a solution, with its uncertainty."""
        return _estimate(value(self.best), [value(one) for one in self.drawn], [value(one) for one in self.members])

    @property
    def nuisance(self) -> tuple[Estimate, Estimate]:
        """Shift and broadening."""
        return (
            self.estimate(lambda solution: solution.nuisance.shift),
            self.estimate(lambda solution: solution.nuisance.broadening),
        )


def _all_solutions(fit: FilmFit, molecule: FilmMolecule, seed: int, progress: bool) -> _Solutions:
    return _Solutions(fit.solution, resample(fit, seed, progress), list(of_members(fit, molecule)))
