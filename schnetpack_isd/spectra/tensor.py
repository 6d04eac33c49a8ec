"""Absorption tensors, whose quadratic form is the spectrum along a direction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["AS_MATRIX", "COLUMNS", "ROWS", "dipole_products", "project", "quadratic_form", "sphere_mean_square"]

ROWS, COLUMNS = [0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]
"""Rows and columns of the components xx, yy, zz, yz, xz, xy in a matrix."""

AS_MATRIX = [[0, 5, 4], [5, 1, 3], [4, 3, 2]]
"""Positions of these components in a matrix."""


def dipole_products(dipoles: ArrayLike) -> NDArray[np.float64]:
    """Return products of transition dipole components, whose broadening is the tensor sigma(E).

    Args:
        dipoles: (n_lines, 3) transition dipoles.

    Returns:
        (n_lines, 6) products xx, yy, zz, yz, xz, xy (Voigt's order, as in ASE).
    """
    x, y, z = np.asarray(dipoles, dtype=np.float64).T
    return np.stack([x * x, y * y, z * z, y * z, x * z, x * y], axis=1)


def quadratic_form(directions: ArrayLike) -> NDArray[np.float64]:
    r"""Return the coefficients of the six tensor components in :math:`u^T \sigma u`, for unit vectors along directions.

    Args:
        directions: (..., 3) vectors of any non-zero length.

    Returns:
        (..., 6) coefficients, in the order of :func:`dipole_products`.
    """
    directions = np.asarray(directions, dtype=np.float64)
    x, y, z = np.moveaxis(directions / np.linalg.norm(directions, axis=-1, keepdims=True), -1, 0)
    return np.stack([x * x, y * y, z * z, 2 * y * z, 2 * x * z, 2 * x * y], axis=-1)


def sphere_mean_square(tensor: Any) -> Any:
    r"""Return the mean over all directions of the square of a quadratic form.

    .. math:: \frac{1}{4\pi} \int (u^T \sigma u)^2\, d\Omega
        = \frac{(\mathrm{tr}\, \sigma)^2 + 2\, \mathrm{tr}\, \sigma^2}{15}

    Args:
        tensor: (..., 6, n_energies) tensors in the order of :func:`dipole_products`, for example the difference of two;
            a NumPy array or a PyTorch tensor.

    Returns:
        (..., n_energies) mean squares, in the square of the tensor's unit and of its type.
    """
    diagonal, others = tensor[..., :3, :], tensor[..., 3:, :]
    trace_of_square = (diagonal**2).sum(-2) + 2 * (others**2).sum(-2)
    return (diagonal.sum(-2) ** 2 + 2 * trace_of_square) / 15


def project(tensor: NDArray, directions: ArrayLike) -> NDArray:
    r"""Return the exact spectra along directions, :math:`S(u, E) = u^T \sigma(E)\, u`.

    Args:
        tensor: (n_sites, 6, n_energies) tensor of each site, in the order of :func:`dipole_products`.
        directions: (n_directions, 3) vectors of any non-zero length.

    Returns:
        (n_sites, n_directions, n_energies) spectra.
    """
    return quadratic_form(directions).astype(tensor.dtype) @ tensor
