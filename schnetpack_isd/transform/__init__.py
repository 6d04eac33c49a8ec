"""Preprocessing transforms."""

from .along_directions import FixedDirections, RandomDirections
from .check_atoms import check_atoms, check_ordered
from .neighborlist import MoleculeNeighborList

__all__ = ["FixedDirections", "MoleculeNeighborList", "RandomDirections", "check_atoms", "check_ordered"]
