"""Directions: what is accepted as one, and random ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase.cell import Cell
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "CARTESIAN",
    "Direction",
    "LatticeDirection",
    "PlaneNormal",
    "about_axis",
    "check_directions",
    "copy_directions",
    "direction_name",
    "random_directions",
    "unit_vectors",
]

CARTESIAN = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
"""The directions x, y and z."""


def check_directions(directions: ArrayLike) -> NDArray[np.float64]:
    """Check directions where they enter, so that nothing further on has to.

    Args:
        directions: (n_directions, 3) vectors of any length but zero.

    Returns:
        (n_directions, 3) array of the same vectors.

    Raises:
        ValueError: the shape is another, or a direction is zero or not finite (its number, from 0, is named).
    """
    array = np.asarray(directions, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3 or len(array) == 0:
        raise ValueError(f"Directions must have the shape (n_directions, 3), not {array.shape}.")
    norms = np.linalg.norm(array, axis=1)
    for number, (vector, norm) in enumerate(zip(array, norms, strict=True)):
        if not np.isfinite(norm) or norm == 0:
            raise ValueError(f"Direction {number} is {vector.tolist()}; it must be finite and not zero.")
    return array


def direction_name(direction: ArrayLike) -> str:
    """Name of a direction: x, y or z, or its components."""
    for name, axis in zip("xyz", CARTESIAN, strict=True):
        if np.array_equal(direction, axis):
            return name
    return "({:.3f} {:.3f} {:.3f})".format(*np.asarray(direction))


def random_directions(n_directions: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw unit vectors, each uniform on the sphere; each three in a row are orthogonal, so that they differ much.

    Args:
        n_directions: number of directions.
        rng: random number generator.

    Returns:
        (n_directions, 3) unit vectors.
    """
    frames, triangles = np.linalg.qr(rng.standard_normal((-(-n_directions // 3), 3, 3)))
    frames *= np.sign(np.diagonal(triangles, axis1=1, axis2=2))[:, None, :]  # LAPACK's signs are not random
    return frames.swapaxes(1, 2).reshape(-1, 3)[:n_directions]


@dataclass(frozen=True)
class LatticeDirection:
    """The direction [uvw] of a crystal, u a + v b + w c with the lattice vectors a, b and c."""

    u: float
    v: float
    w: float

    def vector(self, cell: Cell) -> NDArray[np.float64]:
        """Cartesian vector in a cell."""
        return np.array([self.u, self.v, self.w]) @ cell.array

    def __str__(self) -> str:
        return f"[{self.u:g} {self.v:g} {self.w:g}]"


@dataclass(frozen=True)
class PlaneNormal:
    """The normal of the lattice planes (hkl) of a crystal, h a* + k b* + l c* with the reciprocal lattice vectors."""

    h: float
    k: float
    l: float  # noqa: E741  Miller's letter

    def vector(self, cell: Cell) -> NDArray[np.float64]:
        """Cartesian vector in a cell."""
        return np.array([self.h, self.k, self.l]) @ cell.reciprocal().array

    def __str__(self) -> str:
        return f"({self.h:g} {self.k:g} {self.l:g})"


Direction = Sequence[float] | LatticeDirection | PlaneNormal
"""A Cartesian vector, or a direction that depends on the cell."""


def copy_directions(directions: Sequence[Direction]) -> tuple[Direction, ...]:
    """Directions as a tuple that nothing changes.

    Raises:
        ValueError: there is none, or a Cartesian one is not of three numbers, zero or not finite.
    """
    directions = list(directions)
    cartesian = [d for d in directions if not isinstance(d, LatticeDirection | PlaneNormal)]
    if cartesian or not directions:
        check_directions(cartesian)
    return tuple(d if isinstance(d, LatticeDirection | PlaneNormal) else tuple(map(float, d)) for d in directions)


def unit_vectors(directions: Sequence[Direction], cell: Cell) -> NDArray[np.float64]:
    """Directions in a structure.

    Args:
        directions: Cartesian vectors, lattice directions, plane normals.
        cell: cell of the structure.

    Returns:
        (n_directions, 3) unit vectors.

    Raises:
        ValueError: a direction is zero or not finite, or needs a lattice where there is none.
    """
    vectors = []
    for direction in directions:
        if isinstance(direction, LatticeDirection | PlaneNormal):
            if cell.rank < 3:
                raise ValueError(f"The direction {direction} needs three lattice vectors; give a Cartesian one.")
            vectors.append(direction.vector(cell))
        else:
            vectors.append(direction)
    array = check_directions(vectors)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


def about_axis(axis: ArrayLike, angles: ArrayLike) -> NDArray[np.float64]:
    """Directions perpendicular to an axis, turned about it.

    Angle 0 is the projection of x onto the plane perpendicular to the axis, or of y where the axis is along x.

    Args:
        axis: (3,) axis, of any length but zero.
        angles: (n_directions,) angles in degrees, by the right-hand rule.

    Returns:
        (n_directions, 3) unit vectors.

    Raises:
        ValueError: the axis is zero or not finite.
    """
    [axis] = check_directions([axis])
    axis = axis / np.linalg.norm(axis)
    along_x = np.linalg.norm(np.cross(axis, CARTESIAN[0])) < 1e-6
    start = np.array(CARTESIAN[1 if along_x else 0])
    start = start - (start @ axis) * axis
    start /= np.linalg.norm(start)
    radians = np.radians(np.asarray(angles, dtype=np.float64))[:, None]
    return np.cos(radians) * start + np.sin(radians) * np.cross(axis, start)
