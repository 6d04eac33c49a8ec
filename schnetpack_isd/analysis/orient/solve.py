"""Variable projection: least squares in the linear parameters inside least squares in the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from .design import LARGEST_BROADENING, LARGEST_SHIFT, Design, Nuisance

__all__ = ["LOWEST_POLARISATION", "Solution", "minimise", "solve_linear"]

LOWEST_POLARISATION = 0.8
"""Lowest degree of polarisation, if it is fitted."""


@dataclass(frozen=True)
class Solution:
    """Least-squares solution.

    Attributes:
        nuisance: the parameters that are not linear.
        linear: (n_columns,) coefficients of the columns of the design.
        fitted: (n_points,) fitted intensities.
        misfit: sum of the squares of the weighted residuals.
    """

    nuisance: Nuisance
    linear: NDArray[np.float64]
    fitted: NDArray[np.float64]
    misfit: float


def solve_linear(design: Design, nuisance: Nuisance, intensities: NDArray, weights: NDArray) -> Solution:
    """Solve the linear problem at given nuisance parameters; the edge step does not become negative."""
    columns = design.columns(nuisance)
    target = weights * intensities
    linear = _least_squares(weights[:, None] * columns, target)
    if len(design.thresholds) and linear[-1] < 0:
        linear = np.append(_least_squares(weights[:, None] * columns[:, :-1], target), 0.0)
    fitted = columns @ linear
    return Solution(nuisance, linear, fitted, float(np.sum((weights * (intensities - fitted)) ** 2)))


def _least_squares(columns: NDArray, target: NDArray) -> NDArray:
    """Solve by the normal equations of scaled columns; undetermined combinations are left out."""
    scales = np.linalg.norm(columns, axis=0)
    scales[scales == 0] = 1.0
    scaled = columns / scales
    return np.linalg.lstsq(scaled.T @ scaled, scaled.T @ target, rcond=1e-10)[0] / scales


def minimise(
    design: Design,
    intensities: NDArray,
    weights: NDArray,
    start: Nuisance,
    fit_polarisation: bool,
) -> Solution:
    """Minimise the misfit from a start.

    Args:
        design: the linear model.
        intensities: (n_points,) measured intensities.
        weights: (n_points,) factors of the residuals.
        start: first values of the nuisance parameters.
        fit_polarisation: vary the degree of polarisation too.
    """
    lower = [-LARGEST_SHIFT, 0.0, LOWEST_POLARISATION]
    upper = [LARGEST_SHIFT, LARGEST_BROADENING, 1.0]
    n_varied = 3 if fit_polarisation else 2

    def nuisance(values: Sequence[float]) -> Nuisance:
        polarisation = float(values[2]) if fit_polarisation else start.polarisation
        return Nuisance(float(values[0]), float(values[1]), polarisation)

    def residuals(values: NDArray) -> NDArray:
        found = solve_linear(design, nuisance(values.tolist()), intensities, weights)
        return weights * (intensities - found.fitted)

    first = np.array([start.shift, start.broadening, start.polarisation])[:n_varied]
    bounds = (np.array(lower)[:n_varied], np.array(upper)[:n_varied])
    margin = 1e-3 * (bounds[1] - bounds[0])
    first = np.clip(first, bounds[0] + margin, bounds[1] - margin)
    found = least_squares(residuals, first, bounds=bounds, x_scale=[0.1, 0.1, 0.1][:n_varied], xtol=1e-4, ftol=1e-6)
    return solve_linear(design, nuisance(found.x.tolist()), intensities, weights)
