"""Preprocessing transforms."""

from .molecule_neighbor_list import MoleculeNeighborList
from .random_directions import RandomDirections

__all__ = ["MoleculeNeighborList", "RandomDirections"]
