"""Atoms that are equivalent by symmetry."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

__all__ = ["unique_sites"]

TOLERANCE = 0.02
"""Largest difference of the distances of equivalent atoms, in Å."""


def unique_sites(atoms: Atoms, element: str = "C", tolerance: float = TOLERANCE) -> list[tuple[int, int]]:
    """Find the symmetry-unique atoms of an element.

    Atoms are equivalent if their distances to all atoms of each element are the same. Their spectra are then the same,
    but for a rotation or reflection.

    Args:
        atoms: structure.
        element: symbol of the element.
        tolerance: largest difference of two distances in Å.

    Returns:
        The first atom of each class, and the number of atoms in the class.
    """
    distances = atoms.get_all_distances()
    classes: list[tuple[int, NDArray, list[int]]] = []
    for atom in np.flatnonzero(atoms.symbols == element):
        signature = np.concatenate(
            [np.sort(distances[atom, atoms.numbers == number]) for number in np.unique(atoms.numbers)]
        )
        for _, known, members in classes:
            if np.abs(known - signature).max() < tolerance:
                members.append(int(atom))
                break
        else:
            classes.append((int(atom), signature, [int(atom)]))
    return [(atom, len(members)) for atom, _, members in classes]
