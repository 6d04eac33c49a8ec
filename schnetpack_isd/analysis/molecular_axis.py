"""Axes of a molecule: along a direction, along a bond, or normal to a plane of atoms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from schnetpack_isd.directions import Direction, DirectionLike, as_direction, unit_vectors

__all__ = ["ALL", "AxisAlong", "BondAxis", "MolecularAxis", "PlaneAxis", "choose_axis", "flat_normal"]

ALL = "all"
"""Word for the plane of all heavy atoms."""

THINNEST = 0.02
"""Smallest second extent of a plane relative to the first; atoms below it lie in a line, within about two degrees."""

FLAT = 0.1
"""Largest root mean square distance of the atoms of a flat molecule from its plane, in Å."""

THICKEST = 0.5
"""Largest third extent of a plane relative to the second; a chair of six atoms has 0.24."""


@dataclass(frozen=True)
class AxisAlong:
    """Axis along a direction in the frame of the structure."""

    direction: Direction

    @property
    def label(self) -> str:
        """Text for files: ``axis z``."""
        return f"axis {self.direction.label}"

    @property
    def description(self) -> str:
        """Text for figures: ``axis along z``."""
        return f"axis {self.direction.description}"

    def unit_vector(self, atoms: Atoms) -> NDArray[np.float64]:
        """Return the axis (3,) in a structure.

        Raises:
            ValueError: the direction needs a lattice where there is none.
        """
        return unit_vectors([self.direction], atoms.cell)[0]


@dataclass(frozen=True)
class BondAxis:
    """Axis from one atom to another, numbered from 0; the nearest image in a periodic structure."""

    first: int
    second: int

    def __post_init__(self) -> None:
        """Check the atoms.

        Raises:
            ValueError: they are the same atom.
        """
        if self.first == self.second:
            raise ValueError(f"The axis along a bond needs two different atoms, not atom {self.first} twice.")

    @property
    def label(self) -> str:
        """Text for files: ``bond 1 4``."""
        return f"bond {self.first} {self.second}"

    @property
    def description(self) -> str:
        """Text for figures: ``axis along atoms 1 and 4``."""
        return f"axis along atoms {self.first} and {self.second}"

    def unit_vector(self, atoms: Atoms) -> NDArray[np.float64]:
        """Return the axis (3,) in a structure.

        Raises:
            ValueError: there is no such atom, or both are at the same place.
        """
        [vector] = _from_first(atoms, (self.first, self.second))[1:]
        length = np.linalg.norm(vector)
        if length == 0:
            raise ValueError(f"Atoms {self.first} and {self.second} are at the same place; choose others.")
        return vector / length


@dataclass(frozen=True)
class PlaneAxis:
    """Normal of the best plane through atoms, by least squares.

    Attributes:
        atoms: numbers of three or more atoms, from 0; None for all atoms but hydrogen.
    """

    atoms: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Check the atoms.

        Raises:
            ValueError: they are fewer than three different ones.
        """
        if self.atoms is not None and (len(set(self.atoms)) < max(3, len(self.atoms))):
            raise ValueError(f"A plane needs three or more different atoms, not {', '.join(map(str, self.atoms))}.")

    @property
    def label(self) -> str:
        """Text for files: ``plane 1 2 3``, ``plane all``."""
        return f"plane {ALL if self.atoms is None else ' '.join(map(str, self.atoms))}"

    @property
    def description(self) -> str:
        """Text for figures: ``normal of the molecular plane``, ``normal of the plane of atoms 1, 2, 3``."""
        if self.atoms is None:
            return "normal of the molecular plane"
        return f"normal of the plane of atoms {', '.join(map(str, self.atoms))}"

    def unit_vector(self, atoms: Atoms) -> NDArray[np.float64]:
        """Return the normal (3,) in a structure.

        Raises:
            ValueError: there is no such atom, or the atoms lie in a line or far from any plane.
        """
        positions = _heavy_positions(atoms) if self.atoms is None else _from_first(atoms, self.atoms)
        extents, normal = _best_plane(positions)
        if extents[1] <= THINNEST * extents[0]:
            raise ValueError("The atoms of the plane lie in a line; choose others, or give the axis along a bond.")
        if len(positions) > 3 and extents[2] > THICKEST * extents[1]:
            raise ValueError("The atoms of the plane are far from any plane; choose those of a flat group.")
        return normal


def flat_normal(atoms: Atoms) -> NDArray[np.float64] | None:
    """Return the normal of a flat molecule.

    Args:
        atoms: the structure. Its heavy atoms count, or all atoms if there are fewer than three heavy ones.

    Returns:
        (3,) unit vector whose largest component is positive; None if the atoms are not in a plane, or on a line, or are
        periodic.
    """
    positions = atoms.positions[atoms.numbers > 1]
    positions = positions if len(positions) > 2 else atoms.positions
    if len(positions) < 3 or atoms.pbc.any():
        return None
    extents, normal = _best_plane(positions)
    if extents[2] > FLAT or extents[1] < FLAT:
        return None
    return normal * np.sign(normal[np.argmax(np.abs(normal))])


def _best_plane(positions: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the extents (3,) of positions (n, 3) along their principal axes, and the normal (3,) of their best plane.

    Extents are root mean square distances from the centre, descending.
    """
    _, lengths, axes = np.linalg.svd(positions - positions.mean(axis=0), full_matrices=False)
    return lengths / np.sqrt(len(positions)), np.cross(axes[0], axes[1])


MolecularAxis: TypeAlias = AxisAlong | BondAxis | PlaneAxis
"""An axis with a label, whose unit vector depends on the structure."""


def choose_axis(
    axis: DirectionLike | None = None, bond: Sequence[int] | None = None, plane: Sequence[int | str] | None = None
) -> MolecularAxis:
    """Return the axis that one of three descriptions gives.

    Args:
        axis: direction in the frame of the structure: a Cartesian vector or a label of
            :mod:`schnetpack_isd.directions`.
        bond: two atoms, numbered from 0.
        plane: three or more atoms, or ``("all",)`` for all atoms but hydrogen.

    Raises:
        ValueError: not exactly one of them is given, or it is not as described.
    """
    if sum(given is not None for given in (axis, bond, plane)) != 1:
        raise ValueError(
            "Give the molecular axis in one way: --axis X Y Z, --bond ATOM ATOM, --plane ATOM ATOM ATOM or --plane all."
        )
    if axis is not None:
        return AxisAlong(as_direction(axis))
    if bond is not None:
        first, second = _numbers(bond)
        return BondAxis(first, second)
    assert plane is not None
    return PlaneAxis(None if list(plane) == [ALL] else _numbers(plane))


def _numbers(atoms: Sequence[int | str]) -> tuple[int, ...]:
    """Return the numbers of atoms, which can be text."""
    for atom in atoms:
        if not str(atom).isdecimal():
            raise ValueError(f"The number of an atom, from 0, was expected, not {atom!r}.")
    return tuple(int(atom) for atom in atoms)


def _from_first(atoms: Atoms, numbers: Sequence[int]) -> NDArray[np.float64]:
    """Return vectors (n, 3) from the first of some atoms to each of them."""
    for number in numbers:
        if not 0 <= number < len(atoms):
            raise ValueError(f"There is no atom {number}; the structure has atoms 0 to {len(atoms) - 1}.")
    return np.asarray(atoms.get_distances(numbers[0], list(numbers), mic=True, vector=True))


def _heavy_positions(atoms: Atoms) -> NDArray[np.float64]:
    heavy = atoms.positions[atoms.numbers > 1]
    if atoms.pbc.any():
        raise ValueError(
            "The plane of all heavy atoms is that of a molecule, and the structure is periodic; give the atoms of the "
            "plane, or a direction."
        )
    if len(heavy) < 3:
        raise ValueError(
            f"The structure has {len(heavy)} atoms other than hydrogen, which make no plane; give the atoms of the "
            "plane, or the axis along a bond."
        )
    return np.asarray(heavy, dtype=np.float64)
