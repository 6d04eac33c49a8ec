"""Neighbour list of molecules, chains, layers and crystals."""

from __future__ import annotations

import numpy as np
import schnetpack.properties as structure
import torch
from ase.data import chemical_symbols
from ase.geometry import wrap_positions
from matscipy.neighbours import neighbour_list
from numpy.typing import NDArray
from schnetpack.transform import MatScipyNeighborList
from torch import Tensor

from .cell import MINIMUM_DISTANCE, search_cell

__all__ = ["MoleculeNeighborList"]

NEAR = 16.0
"""Positions within this distance of the origin lose less than 1e-6 Å in single precision, in Å."""


class MoleculeNeighborList(MatScipyNeighborList):
    """Neighbours within the cutoff, along periodic axes those in all cells.

    Molecules of at most `max_atoms` atoms are searched by the distances of all pairs, which is much faster than
    Matscipy's cell list.

    Vectors between neighbours are exact in single precision wherever the structure lies: positions of periodic
    structures, and of those that are not near the origin, are wrapped into the cell and rounded to float32, and
    `offsets` makes up for it. Cell vectors along non-periodic axes are ignored.

    Raises:
        ValueError: two atoms are closer than :data:`~schnetpack_isd.transform.cell.MINIMUM_DISTANCE`, or the structure
            is periodic along a vector that is zero or too short.
    """

    max_atoms: int = 200

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Add the neighbours to the inputs of one structure, and round its positions.

        Args:
            inputs: SchNetPack's dictionary of one structure.

        Returns:
            The dictionary with `idx_i`, `idx_j` (n_pairs,) and `offsets` (n_pairs, 3), such that
            ``positions[idx_j] - positions[idx_i] + offsets`` are the vectors between neighbours.
        """
        positions = inputs[structure.R].double().numpy()
        cell, pbc = inputs[structure.cell].view(3, 3).double().numpy(), inputs[structure.pbc].view(3).numpy()
        if pbc.any() or len(positions) > self.max_atoms:
            search, origin = search_cell(positions, cell, pbc)
            positions = wrap_positions(positions, search, pbc)
            idx_i, idx_j, r_ij, distances = neighbour_list(
                "ijDd", cutoff=self._cutoff, positions=positions, cell=search, pbc=pbc, cell_origin=origin
            )
            squared = distances**2
        else:
            idx_i, idx_j, r_ij, squared = _all_pairs(positions, self._cutoff)
        if squared.min(initial=np.inf) < MINIMUM_DISTANCE**2:
            _refuse_closest(inputs[structure.Z], idx_i, idx_j, squared)
        inputs[structure.idx_i] = torch.from_numpy(idx_i).long()
        inputs[structure.idx_j] = torch.from_numpy(idx_j).long()
        dtype = inputs[structure.R].dtype
        if not pbc.any() and np.abs(positions).max() < NEAR:
            inputs[structure.offsets] = torch.zeros(len(idx_i), 3, dtype=dtype)
            return inputs
        rounded = positions.astype(np.float32).astype(np.float64)
        inputs[structure.R] = torch.from_numpy(rounded).to(dtype)
        inputs[structure.offsets] = torch.from_numpy(r_ij - (rounded[idx_j] - rounded[idx_i])).to(dtype)
        return inputs


def _all_pairs(positions: NDArray, cutoff: float) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return both atoms of each pair within the cutoff, the vectors (n_pairs, 3) between them, and their squares."""
    r_ij = positions[None, :] - positions[:, None]
    squared = np.einsum("ijk,ijk->ij", r_ij, r_ij)
    within = squared < cutoff**2
    np.fill_diagonal(within, False)
    idx_i, idx_j = np.nonzero(within)
    return idx_i, idx_j, r_ij[idx_i, idx_j], squared[idx_i, idx_j]


def _refuse_closest(numbers: Tensor, idx_i: NDArray, idx_j: NDArray, squared: NDArray) -> None:
    closest = int(np.argmin(squared))
    pair = " and ".join(f"{atom} ({chemical_symbols[numbers[atom]]})" for atom in (idx_i[closest], idx_j[closest]))
    raise ValueError(
        f"atoms {pair} are {np.sqrt(squared[closest]):.3g} Å apart; remove one of them if the structure is disordered, "
        "or check the unit of the positions"
    )
