"""Directions: what is accepted as one, and random ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CARTESIAN", "check_directions", "random_directions"]

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
