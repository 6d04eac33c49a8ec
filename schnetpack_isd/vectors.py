"""Arrays of direction vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CARTESIAN", "about_axis", "check_directions", "random_directions"]

CARTESIAN = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
"""The directions x, y and z."""


def check_directions(directions: ArrayLike) -> NDArray[np.float64]:
    """Check an array of directions and return it.

    Args:
        directions: (n_directions, 3) vectors of any non-zero length.

    Returns:
        (n_directions, 3) float64 array of the same vectors.

    Raises:
        ValueError: the shape is different, or a direction is zero or not finite; the message gives its index.
    """
    array = np.asarray(directions, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3 or len(array) == 0:
        raise ValueError(f"Directions must have the shape (n_directions, 3), not {array.shape}.")
    norms = np.linalg.norm(array, axis=1)
    for number, (vector, norm) in enumerate(zip(array, norms, strict=True)):
        if not np.isfinite(norm) or norm == 0:
            raise ValueError(f"Direction {number} is {vector.tolist()}; it must be finite and not zero.")
    return array


def random_directions(n_directions: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw unit vectors that are uniform on the sphere; every three in a row are orthogonal.

    Args:
        n_directions: number of directions.
        rng: random number generator.

    Returns:
        (n_directions, 3) unit vectors.
    """
    frames, triangles = np.linalg.qr(rng.standard_normal((-(-n_directions // 3), 3, 3)))
    frames *= np.sign(np.diagonal(triangles, axis1=1, axis2=2))[:, None, :]  # LAPACK's signs are not random
    return frames.swapaxes(1, 2).reshape(-1, 3)[:n_directions]


def about_axis(axis: ArrayLike, angles: ArrayLike) -> NDArray[np.float64]:
    """Return directions perpendicular to an axis, rotated about it.

    Angle 0 is the projection of x onto the plane perpendicular to the axis, or of y where the axis is along x.

    Args:
        axis: (3,) axis of any non-zero length.
        angles: (n_directions,) angles in degrees, by the right-hand rule.

    Returns:
        (n_directions, 3) unit vectors.

    Raises:
        ValueError: the axis is zero or not finite.
    """
    [vector] = check_directions(np.atleast_2d(axis))
    unit = vector / np.linalg.norm(vector)
    along_x = np.linalg.norm(np.cross(unit, CARTESIAN[0])) < 1e-6
    start = np.array(CARTESIAN[1 if along_x else 0])
    start = start - (start @ unit) * unit
    start /= np.linalg.norm(start)
    radians = np.radians(np.asarray(angles, dtype=np.float64))[:, None]
    return np.cos(radians) * start + np.sin(radians) * np.cross(unit, start)
