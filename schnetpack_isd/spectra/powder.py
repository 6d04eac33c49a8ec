"""Averages over all orientations."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import lebedev_rule

__all__ = ["QUADRATURE_DEGREE", "powder_average", "sphere_quadrature"]

QUADRATURE_DEGREE = 7
"""Degree of the quadrature of powder averages: 13 directions, since u and -u are equivalent."""

ERROR_DEGREE = 5
"""Degree of the quadrature, on a part of these directions, for the estimate of the error."""


@cache
def sphere_quadrature(degree: int = QUADRATURE_DEGREE) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Lebedev's quadrature on the sphere for functions that are equal for u and -u.

    It is exact for polynomials up to its degree. Degree 3, the directions x, y and z, is exact for u^T sigma u.

    Args:
        degree: one of Lebedev's degrees: 3, 5, 7, 9, 11, ...

    Returns:
        (n_directions, 3) unit vectors, one of each opposite pair, and (n_directions,) weights, whose sum is 1.

    References:
        Lebedev and Laikov, Doklady Mathematics 1999, 59, 477.
    """
    points, weights = lebedev_rule(degree)
    half = np.array([tuple(point[::-1]) > (0.0, 0.0, 0.0) for point in np.round(points.T, 12)])
    return points.T[half], weights[half] / weights[half].sum()


def powder_average(spectra: NDArray) -> tuple[NDArray, NDArray]:
    r"""Return the isotropic spectrum, the mean over all directions, of a model that need not be quadratic in them.

    .. math:: S_\mathrm{iso}(E) = \frac{1}{4\pi} \int S(u, E)\, d\Omega \approx \sum_k w_k S(u_k, E)

    For an exact dipole spectrum, this is a third of the trace of :math:`\sigma(E)`, the mean over x, y and z. A network
    is not exactly quadratic in u, so its mean over x, y and z depends on the orientation.

    Args:
        spectra: (..., 13, n_energies) spectra along the directions of :func:`sphere_quadrature`, in their order.

    Returns:
        (..., n_energies) isotropic spectra, and (...) their estimated errors, the largest difference over the energies
        from the quadrature of degree 5. The estimate usually exceeds the error.

    Raises:
        ValueError: the number of directions differs.
    """
    directions, weights = sphere_quadrature()
    if spectra.ndim < 2 or spectra.shape[-2] != len(directions):
        raise ValueError(f"Spectra along {len(directions)} directions were expected, not of shape {spectra.shape}.")
    average = np.einsum("...de,d->...e", spectra, weights)
    coarse = np.einsum("...de,d->...e", spectra, _error_weights())
    return average.astype(spectra.dtype), np.abs(average - coarse).max(axis=-1).astype(spectra.dtype)


@cache
def _error_weights() -> NDArray[np.float64]:
    """Return the weights of the coarser quadrature on the directions of the finer one, which include its own."""
    directions, _ = sphere_quadrature()
    some, weights = sphere_quadrature(ERROR_DEGREE)
    same = np.abs(np.abs(directions @ some.T) - 1.0) < 1e-9
    assert same.sum() == len(some)
    return same @ weights
