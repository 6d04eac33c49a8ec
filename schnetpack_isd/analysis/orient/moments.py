"""Second moments of the film normal, where no molecular axis is known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag
from scipy.optimize import least_squares

from schnetpack_isd.spectra.tensor import AS_MATRIX, COLUMNS, ROWS

from .film_fit import FilmFit
from .solve import Solution

__all__ = ["PRIOR", "Moments", "solve_moments"]

PRIOR = 0.3
"""Standard deviation of second moments about those of an unoriented film, before anything is measured.

An axis that is uniform on the sphere has moments of this size: the root of 4/45, the variance of its squared cosine.
"""

TRACELESS = np.array(
    [[2, -1, -1, 0, 0, 0], [0, 1, -1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]]
)
"""The five directions, not normalised, in which second moments xx, yy, zz, yz, xz, xy of trace 1 can change."""

NORMALISED = TRACELESS / np.sqrt(TRACELESS**2 @ np.array([1, 1, 1, 2, 2, 2]))[:, None]


@dataclass(frozen=True)
class Moments:
    """Second moments of the film normal in the frame of the molecule.

    Attributes:
        matrix: (3, 3) moments, positive semi-definite and of trace 1.
        information: (5,) how far the measurement determines combinations of the moments: their standard deviation if
            nothing was measured, divided by the one from noise; descending.
        combinations: (5, 3, 3) the combinations, orthonormal matrices without trace.
    """

    matrix: NDArray[np.float64]
    information: NDArray[np.float64] = field(repr=False)
    combinations: NDArray[np.float64] = field(repr=False)

    @property
    def n_determined(self) -> int:
        """Number of combinations, of five, that the measurement knows better than a guess does."""
        return int(np.sum(self.information > 2))

    @property
    def eigenvalues(self) -> NDArray[np.float64]:
        """(3,) mean squared cosines between the principal axes and the film normal, descending."""
        return np.linalg.eigvalsh(self.matrix)[::-1]

    @property
    def axes(self) -> NDArray[np.float64]:
        """(3, 3) principal axes as rows, in the order of the eigenvalues."""
        return np.linalg.eigh(self.matrix)[1].T[::-1]

    @property
    def undetermined(self) -> NDArray[np.float64]:
        """(3,) standard deviations of the eigenvalues from what the spectra do not determine.

        Of a combination with the information s, the share 1 / (1 + s²) of its deviation from no order is not seen.
        """
        along = np.einsum("ki,dij,kj->kd", self.axes, self.combinations, self.axes)
        return PRIOR * np.sqrt(np.sum((along / (1 + self.information**2)) ** 2, axis=1))


def solve_moments(fit: FilmFit, solution: Solution) -> Moments:
    """Return the second moments of a solution.

    They are the most probable positive semi-definite ones of trace 1, if those that the measurement does not determine
    are near those of an unoriented film, within :data:`PRIOR`.

    Args:
        fit: a fit without a molecular axis.
        solution: its solution, or that of resampled spectra.
    """
    columns = fit.weights[:, None] * fit.design.columns(solution.nuisance)
    n_free = columns.shape[1] - 6
    others, _ = np.linalg.qr(columns[:, 6:]) if n_free else (np.zeros((len(columns), 0)), None)
    residual = columns[:, :6] - others @ (others.T @ columns[:, :6])
    scale = float(solution.linear[:3].sum())
    variance = solution.misfit / max(1, len(columns) - columns.shape[1])
    information = scale**2 * residual.T @ residual / variance  # of moments of trace 1
    best = solution.linear[:6] / scale
    _, strengths, directions = np.linalg.svd(PRIOR * _root(information) @ NORMALISED.T, full_matrices=False)
    combinations = (directions @ NORMALISED)[:, AS_MATRIX]
    return Moments(_most_probable(best, information), strengths, combinations)


def _root(matrix: NDArray) -> NDArray:
    """Return R with R^T R the matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T


def _most_probable(best: NDArray, information: NDArray) -> NDArray:
    """Return the positive semi-definite matrix (3, 3) of trace 1 with the least misfit and distance from isotropy."""
    root = block_diag(_root(information), np.diag(np.sqrt([1, 1, 1, 2, 2, 2])) / PRIOR)
    target = root @ np.concatenate([best, [1 / 3, 1 / 3, 1 / 3, 0, 0, 0]])

    def matrix(values: NDArray) -> NDArray:
        lower = np.zeros((3, 3))
        lower[np.tril_indices(3)] = values
        product = lower @ lower.T
        return product / np.trace(product)

    def distance(values: NDArray) -> NDArray:
        found = matrix(values)
        components = found[ROWS, COLUMNS]
        return root @ np.concatenate([components, components]) - target

    values, vectors = np.linalg.eigh(best[AS_MATRIX])
    start = np.linalg.cholesky((vectors * np.clip(values, 0.01, 1.0)) @ vectors.T)
    return matrix(least_squares(distance, start[np.tril_indices(3)]).x)
