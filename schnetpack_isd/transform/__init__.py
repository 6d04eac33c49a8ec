"""Preprocessing transforms."""

from .along_directions import FixedDirections, RandomDirections
from .neighborlist import MoleculeNeighborList

__all__ = ["FixedDirections", "MoleculeNeighborList", "RandomDirections"]
