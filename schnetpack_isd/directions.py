"""Directions of polarisation or momentum transfer: vectors, lattice directions, and the grammar of their labels.

A label names a direction in files: ``x``, ``y``, ``z``; ``xyz(1 1 0)``, a Cartesian vector; ``uvw[1 1 0]``, a lattice
direction; ``hkl(0 0 1)``, the normal of lattice planes; ``scan15(0 0 1)``, a direction rotated by 15 degrees about an
axis. ``isotropic`` stands for the average over all directions. Everything that writes, reads or shows labels is here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TypeAlias

import numpy as np
from ase.cell import Cell
from numpy.typing import NDArray

from schnetpack_isd.vectors import CARTESIAN, about_axis, check_directions, random_directions

__all__ = [
    "CARTESIAN",
    "ISOTROPIC",
    "CartesianDirection",
    "Direction",
    "DirectionLike",
    "LatticeDirection",
    "PlaneNormal",
    "RotatedDirection",
    "about_axis",
    "as_direction",
    "as_directions",
    "check_directions",
    "describe_label",
    "parse_direction",
    "random_directions",
    "scan_directions",
    "unit_vectors",
]

ISOTROPIC = "isotropic"
"""Label of spectra that are averaged over all directions."""

_AXIS_NAMES = dict(zip(CARTESIAN, "xyz", strict=True))


@dataclass(frozen=True)
class CartesianDirection:
    """Cartesian direction (x, y, z) of any non-zero length."""

    x: float
    y: float
    z: float

    def __post_init__(self) -> None:
        _check_not_zero(self)

    def vector(self, cell: Cell | None = None) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the Cartesian vector (3,), which does not depend on the cell."""
        return np.array(astuple(self))

    @property
    def label(self) -> str:
        """Label in files: ``x``, ``y``, ``z`` or ``xyz(1 1 0)``."""
        return _AXIS_NAMES.get(astuple(self), f"xyz({_join(astuple(self))})")

    @property
    def description(self) -> str:
        """Text for figures: ``along x``, ``along (1, 1, 0)``."""
        return f"along {_describe_vector(astuple(self))}"


@dataclass(frozen=True)
class LatticeDirection:
    """Direction [uvw] of a crystal: u a + v b + w c with the lattice vectors a, b and c."""

    u: float
    v: float
    w: float

    def __post_init__(self) -> None:
        _check_not_zero(self)

    def vector(self, cell: Cell) -> NDArray[np.float64]:
        """Return the Cartesian vector (3,) in a cell with three lattice vectors."""
        return np.asarray(astuple(self) @ cell.array)

    @property
    def label(self) -> str:
        """Label in files: ``uvw[1 1 0]``."""
        return f"uvw[{_join(astuple(self))}]"

    @property
    def description(self) -> str:
        """Text for figures: ``along [110]``."""
        return f"along [{_miller(astuple(self))}]"


@dataclass(frozen=True)
class PlaneNormal:
    """Normal of the lattice planes (hkl): h a* + k b* + l c* with the reciprocal lattice vectors."""

    h: float
    k: float
    l: float  # noqa: E741  Miller index

    def __post_init__(self) -> None:
        _check_not_zero(self)

    def vector(self, cell: Cell) -> NDArray[np.float64]:
        """Return the Cartesian vector (3,) in a cell with three lattice vectors."""
        return np.asarray(astuple(self) @ cell.reciprocal().array)

    @property
    def label(self) -> str:
        """Label in files: ``hkl(0 0 1)``."""
        return f"hkl({_join(astuple(self))})"

    @property
    def description(self) -> str:
        """Text for figures: ``normal to (001)``."""
        return f"normal to ({_miller(astuple(self))})"


@dataclass(frozen=True)
class RotatedDirection:
    """Direction perpendicular to an axis, rotated about it; see :func:`about_axis`.

    Attributes:
        axis: Cartesian axis (x, y, z) of any non-zero length.
        angle: angle in degrees.
    """

    axis: tuple[float, float, float]
    angle: float

    def __post_init__(self) -> None:
        check_directions([self.axis])

    def vector(self, cell: Cell | None = None) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the unit vector (3,), which does not depend on the cell."""
        return about_axis(self.axis, [self.angle])[0]

    @property
    def label(self) -> str:
        """Label in files: ``scan15(0 0 1)``."""
        return f"scan{self.angle:.6g}({_join(self.axis)})"

    @property
    def description(self) -> str:
        """Text for figures: ``at 15° about z``."""
        return f"at {self.angle:.6g}° about {self.axis_description}"

    @property
    def axis_description(self) -> str:
        """Text for the axis: ``z``, ``(1, 1, 0)``."""
        return _describe_vector(self.axis)


Direction: TypeAlias = CartesianDirection | LatticeDirection | PlaneNormal | RotatedDirection
"""A direction with a label; the Cartesian vector of some of them depends on the cell."""

DirectionLike: TypeAlias = Direction | Sequence[float] | NDArray | str
"""A direction, a Cartesian vector, or a label."""


def as_direction(value: DirectionLike) -> Direction:
    """Return a direction from a Cartesian vector or a label.

    Raises:
        ValueError: the vector does not have three components, is zero or not finite, or the label is unknown.
    """
    if isinstance(value, Direction):
        return value
    if isinstance(value, str):
        return parse_direction(value)
    [vector] = check_directions(np.asarray([value]))
    return CartesianDirection(*vector.tolist())


def as_directions(values: Sequence[DirectionLike]) -> tuple[Direction, ...]:
    """Return directions from Cartesian vectors and labels.

    Raises:
        ValueError: `values` is a single vector or label instead of a list, or one of them is not a direction.
    """
    if isinstance(values, str) or (len(values) > 0 and all(np.isscalar(v) and not isinstance(v, str) for v in values)):
        raise ValueError(f"A list of directions was expected, not the single direction {values!r}; write [{values!r}].")
    return tuple(map(as_direction, values))


def parse_direction(label: str) -> Direction:
    """Return the direction that a label names.

    Raises:
        ValueError: the label does not follow the grammar, see the module's docstring.
    """
    for vector, name in _AXIS_NAMES.items():
        if label == name:
            return CartesianDirection(*vector)
    kind, angle, components = _split_label(label)
    if kind == "xyz":
        return CartesianDirection(*components)
    if kind == "uvw":
        return LatticeDirection(*components)
    if kind == "hkl":
        return PlaneNormal(*components)
    return RotatedDirection(components, angle)


def _split_label(label: str) -> tuple[str, float, tuple[float, float, float]]:
    """Return kind, angle (0 unless it is a scan) and components of a label."""
    match = re.fullmatch(r"(xyz|hkl)\((.+)\)|(uvw)\[(.+)\]|(scan)([^()]+)\((.+)\)", label)
    try:
        kind, *numbers = [group for group in match.groups() if group is not None] if match else []
        angle = float(numbers[0]) if kind == "scan" else 0.0
        x, y, z = map(float, numbers[-1].split())
    except ValueError as error:
        raise ValueError(
            f"{label!r} is not the label of a direction. Labels are x, y, z, xyz(1 1 0), uvw[1 1 0], hkl(0 0 1), "
            "scan15(0 0 1)."
        ) from error
    return kind, angle, (x, y, z)


def describe_label(label: str) -> str:
    """Return the text that figures show for a label: ``along [110]``, ``normal to (001)``, ``isotropic``."""
    return label if label == ISOTROPIC else parse_direction(label).description


def scan_directions(axis: Sequence[float], n_steps: int = 12) -> tuple[RotatedDirection, ...]:
    """Return directions that turn about an axis from 0 to 180 degrees in equal steps.

    Args:
        axis: (3,) axis of any non-zero length.
        n_steps: number of steps; there is one direction more.

    Raises:
        ValueError: the axis is zero or not finite, or there are no steps.
    """
    if n_steps < 1:
        raise ValueError(f"A scan needs at least 1 step, not {n_steps}.")
    x, y, z = check_directions([axis])[0].tolist()
    return tuple(RotatedDirection((x, y, z), angle) for angle in np.linspace(0, 180, n_steps + 1).tolist())


def unit_vectors(directions: Sequence[DirectionLike], cell: Cell) -> NDArray[np.float64]:
    """Return the unit vectors of directions in a structure.

    Args:
        directions: directions, Cartesian vectors or labels.
        cell: cell of the structure.

    Returns:
        (n_directions, 3) unit vectors.

    Raises:
        ValueError: a direction is zero or not finite, or needs a lattice where there is none.
    """
    vectors = []
    for direction in as_directions(directions):
        if isinstance(direction, LatticeDirection | PlaneNormal) and cell.rank < 3:
            raise ValueError(f"The direction {direction.label} needs three lattice vectors; use a Cartesian direction.")
        vectors.append(direction.vector(cell))
    array = check_directions(vectors)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


def _check_not_zero(direction: CartesianDirection | LatticeDirection | PlaneNormal) -> None:
    components = astuple(direction)
    if not np.isfinite(components).all() or not any(components):
        raise ValueError(f"The direction ({_join(components)}) is zero or not finite.")


def _join(numbers: Sequence[float]) -> str:
    return " ".join(f"{number:.10g}" for number in numbers)


def _describe_vector(vector: tuple[float, float, float]) -> str:
    return _AXIS_NAMES.get(vector, "({:.3g}, {:.3g}, {:.3g})".format(*vector))


def _miller(indices: Sequence[float]) -> str:
    """Miller indices without spaces if each is a single digit."""
    words = [f"{index:g}" for index in indices]
    return ("" if all(len(word) == 1 for word in words) else " ").join(words)
