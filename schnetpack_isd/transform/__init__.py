"""Preprocessing transforms."""

from .fixed_directions import FixedDirections
from .molecule_neighbor_list import MoleculeNeighborList
from .random_directions import RandomDirections

__all__ = ["FixedDirections", "MoleculeNeighborList", "RandomDirections"]
