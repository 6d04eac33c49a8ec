r"""Direction in which an absorption tensor absorbs.

A uniaxial tensor absorbs :math:`A_\parallel` along its axis and :math:`A_\perp` across it. Its order,

.. math:: S = \frac{A_\parallel - A_\perp}{A_\parallel + 2 A_\perp},

is the mean of :math:`P_2(\cos\theta)` of the angle between the transition moments and the axis, weighted by their
strength: 1 if all are along the axis, -0.5 if all are normal to it, 0 if they have no direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Polarisation", "angle_between", "order_about"]


@dataclass(frozen=True)
class Polarisation:
    """Principal axis of an absorption tensor, and the order of the transition moments about it.

    Attributes:
        axis: (3,) unit vector; of the three principal axes the one with the largest magnitude of the order.
        order: from -0.5 (all moments are normal to the axis) to 1 (all are along it).
    """

    axis: NDArray[np.float64]
    order: float

    @classmethod
    def of(cls, tensor: ArrayLike) -> Polarisation:
        """Find the axis of a (3, 3) tensor."""
        tensor = np.asarray(tensor, dtype=np.float64)
        _, axes = np.linalg.eigh(tensor)
        orders = [order_about(tensor, axis) for axis in axes.T]
        index = int(np.argmax(np.abs(orders)))
        axis = axes[:, index]
        return cls(axis * np.sign(axis[np.argmax(np.abs(axis))]), orders[index])


def order_about(tensor: ArrayLike, axis: ArrayLike) -> float:
    """Return the order of the transition moments of a (3, 3) tensor about a (3,) unit vector."""
    tensor, axis = np.asarray(tensor, dtype=np.float64), np.asarray(axis, dtype=np.float64)
    return float((3 * axis @ tensor @ axis / np.trace(tensor) - 1) / 2)


def angle_between(one: ArrayLike, other: ArrayLike) -> float:
    """Return the angle between two axes, (3,) unit vectors, in degrees from 0 to 90."""
    cosine = abs(float(np.dot(one, other)))
    return float(np.degrees(np.arccos(min(cosine, 1.0))))
