"""Neighbour list of molecules."""

from __future__ import annotations

import numpy as np
import torch
from schnetpack.transform import MatScipyNeighborList
from torch import Tensor

__all__ = ["MoleculeNeighborList"]


class MoleculeNeighborList(MatScipyNeighborList):
    """Neighbours from the distances of all pairs, which is much faster than a cell list for molecules.

    Periodic structures, and structures of more than `max_atoms` atoms, use the neighbour list of the base class.
    """

    max_atoms: int = 200

    def _build_neighbor_list(
        self, Z: Tensor, positions: Tensor, cell: Tensor, pbc: Tensor, cutoff: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        if pbc.any() or len(Z) > self.max_atoms:
            return super()._build_neighbor_list(Z, positions, cell, pbc, cutoff)
        r = positions.numpy()
        r_ij = r[None, :] - r[:, None]
        within = np.einsum("ijk,ijk->ij", r_ij, r_ij) < cutoff**2
        np.fill_diagonal(within, False)
        idx_i, idx_j = np.nonzero(within)
        return torch.from_numpy(idx_i), torch.from_numpy(idx_j), positions.new_zeros(len(idx_i), 3)
