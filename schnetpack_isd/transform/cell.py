"""Cells in which the neighbours of molecules, chains, layers and crystals can be searched."""

from __future__ import annotations

import numpy as np
from ase.geometry import complete_cell, minkowski_reduce
from numpy.typing import NDArray

__all__ = ["MINIMUM_DISTANCE", "search_cell"]

MINIMUM_DISTANCE = 0.4
"""Smallest plausible distance of two atoms in Å; the bond of H2 has 0.74."""


def search_cell(positions: NDArray, cell: NDArray, pbc: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a cell in which the neighbours of a structure can be searched.

    Vectors along periodic axes are replaced by the shortest ones of the same lattice. Vectors along non-periodic axes
    mean nothing: they are replaced by vectors that are perpendicular to the others and enclose the atoms.

    Args:
        positions: (n_atoms, 3) positions in Å.
        cell: (3, 3) cell vectors in Å.
        pbc: (3,) periodic or not, along the three vectors.

    Returns:
        (3, 3) cell and (3,) its origin.

    Raises:
        ValueError: the structure is periodic along a vector that is zero or too short, or the periodic vectors are
            linearly dependent.
    """
    lattice = np.where(pbc[:, None], cell, 0.0)
    if pbc.any():
        _check_lattice(lattice, pbc)
        lattice = np.where(pbc[:, None], minkowski_reduce(complete_cell(lattice), pbc)[0], 0.0)
        _check_lengths(lattice, pbc)
    complete = complete_cell(lattice)
    fractional = positions @ np.linalg.inv(complete)
    first, last = fractional.min(axis=0), fractional.max(axis=0)
    origin = np.where(pbc, 0.0, first - 0.5) @ complete
    widths = np.where(pbc, 1.0, last - first + 1.0)  # non-periodic vectors of a completed cell have the length 1 Å
    return widths[:, None] * complete, origin


def _check_lattice(lattice: NDArray, pbc: NDArray) -> None:
    lengths = np.linalg.norm(lattice, axis=1)
    if np.any(zero := pbc & (lengths == 0)):
        raise ValueError(
            f"`pbc` is true along cell vector {'abc'[int(np.argmax(zero))]}, which is zero; give the lattice, or set "
            "`pbc` to False along this axis"
        )
    _check_lengths(lattice, pbc)
    singular = np.linalg.svd(lattice[pbc] / lengths[pbc, None], compute_uv=False)
    if singular[-1] < 1e-9:
        raise ValueError("the periodic cell vectors lie on a line or in a plane; check the lattice")


def _check_lengths(lattice: NDArray, pbc: NDArray) -> None:
    shortest = np.linalg.norm(lattice[pbc], axis=1).min()
    if shortest < MINIMUM_DISTANCE:
        raise ValueError(
            f"atoms repeat every {shortest:.3g} Å, along a vector of the lattice; check the lattice and its unit"
        )
