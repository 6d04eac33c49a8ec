"""From stick spectra to spectra: Gaussian broadening, and the tensor whose quadratic form a spectrum is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["broaden", "dipole_products", "project", "quadratic_form"]

SPIN_FACTOR = 2.0
"""Two electrons in each orbital."""

_CHUNK = 1 << 20
"""Largest number of values of the Gaussians that are held at once (8 MiB)."""

_REACH = 9.0
"""Lines further than this many sigma from the axis are left out: a Gaussian has fallen to 3e-18 of its height there."""


def broaden(line_energies: ArrayLike, strengths: ArrayLike, energies: ArrayLike, sigma: float) -> NDArray[np.float64]:
    r"""Broaden a stick spectrum with normalised Gaussians and double it for spin.

    .. math:: S(E) = 2 \sum_f I_f\, g(E - E_f), \qquad g(x) = \exp(-x^2 / 2\sigma^2) / (\sigma\sqrt{2\pi})

    Args:
        line_energies: (n_lines,) energies of the lines in eV.
        strengths: (n_lines, n_columns) strengths of the lines, several columns broadened at once.
        energies: (n_energies,) energy axis in eV.
        sigma: standard deviation of the Gaussian in eV.

    Returns:
        (n_columns, n_energies) intensities, in the unit of the strengths per eV.
    """
    line_energies = np.asarray(line_energies, dtype=np.float64)
    energies = np.asarray(energies, dtype=np.float64)
    reached = (line_energies > energies.min() - _REACH * sigma) & (line_energies < energies.max() + _REACH * sigma)
    line_energies = line_energies[reached]
    strengths = np.asarray(strengths, dtype=np.float64)[reached]

    spectrum = np.zeros((strengths.shape[1], len(energies)))
    step = max(1, _CHUNK // len(energies))
    for start in range(0, len(line_energies), step):
        lines = slice(start, start + step)
        gaussians = np.exp(-0.5 * ((energies - line_energies[lines, None]) / sigma) ** 2)
        spectrum += strengths[lines].T @ gaussians
    return spectrum * (SPIN_FACTOR / (sigma * np.sqrt(2 * np.pi)))


def dipole_products(dipoles: ArrayLike) -> NDArray[np.float64]:
    """Products of transition dipole components, the strengths whose broadening is the tensor sigma(E).

    Args:
        dipoles: (n_lines, 3) transition dipoles.

    Returns:
        (n_lines, 6) products xx, yy, zz, yz, xz, xy (Voigt's order, as in ASE).
    """
    x, y, z = np.asarray(dipoles, dtype=np.float64).T
    return np.stack([x * x, y * y, z * z, y * z, x * z, x * y], axis=1)


def quadratic_form(directions: ArrayLike) -> NDArray[np.float64]:
    r"""Coefficients of the six tensor components in :math:`u^T \sigma u`, for each direction made a unit vector.

    Args:
        directions: (..., 3) vectors of any length but zero.

    Returns:
        (..., 6) coefficients, for the order of :func:`dipole_products`.
    """
    directions = np.asarray(directions, dtype=np.float64)
    x, y, z = np.moveaxis(directions / np.linalg.norm(directions, axis=-1, keepdims=True), -1, 0)
    return np.stack([x * x, y * y, z * z, 2 * y * z, 2 * x * z, 2 * x * y], axis=-1)


def project(tensor: NDArray, directions: ArrayLike) -> NDArray:
    r"""Spectrum along directions, :math:`S(u, E) = u^T \sigma(E)\, u`, exact.

    Args:
        tensor: (n_sites, 6, n_energies) tensor of each site, in the order of :func:`dipole_products`.
        directions: (n_directions, 3) vectors of any length but zero.

    Returns:
        (n_sites, n_directions, n_energies) spectra.
    """
    return quadratic_form(directions).astype(tensor.dtype) @ tensor
