"""Blocks of a network whose atoms have scalar features and matrices."""

from __future__ import annotations

from collections.abc import Callable

import schnetpack.nn as snn
import torch
from torch import Tensor, nn

from .isd_painn import ISDPaiNNInteraction

__all__ = ["MatrixInteraction", "MatrixMixing", "normalize"]

SMALLEST_MEAN_SQUARE = 1e-6
"""Mean square below which matrices are not normalised."""


class MatrixInteraction(ISDPaiNNInteraction):
    """ISD-PaiNN's interaction block for matrices, whose rows are the vectors of three probes.

    The context network takes normalised scalar features. The number of matrices is independent of the number of scalar
    features.
    """

    def __init__(self, n_atom_basis: int, n_matrix_basis: int, activation: Callable) -> None:
        """Build the block.

        Args:
            n_atom_basis: number of scalar features F.
            n_matrix_basis: number of matrices G.
            activation: activation function of the context network.
        """
        super().__init__(n_atom_basis, activation)
        self.interatomic_context_net = nn.Sequential(
            nn.LayerNorm(n_atom_basis),
            snn.Dense(n_atom_basis, n_atom_basis, activation=activation),
            snn.Dense(n_atom_basis, n_atom_basis + 2 * n_matrix_basis, activation=None),
        )


class MatrixMixing(nn.Module):
    r"""PaiNN's mixing block for matrices.

    With linear maps V and W of the matrices M of an atom, and a network :math:`(a, b)`,

    .. math::
        x &= (q, \lVert V \rVert, \mathrm{tr}\, V^\mathsf{T} W, \mathrm{tr}\, V W, \mathrm{tr}\, V, \mathrm{tr}\, W), \\
        \Delta q &= a(x), \qquad \Delta M = b(x) \circ W .

    PaiNN's block for vectors has the first three of these invariants. Traces exist for matrices only.
    """

    def __init__(self, n_atom_basis: int, n_matrix_basis: int, activation: Callable, epsilon: float = 1e-8) -> None:
        """Build the block.

        Args:
            n_atom_basis: number of scalar features F.
            n_matrix_basis: number of matrices G.
            activation: activation function of the context network.
            epsilon: stability constant in the norm.
        """
        super().__init__()
        self.n_features = [n_atom_basis, n_matrix_basis]
        self.epsilon = epsilon
        self.matrix_channel_mix = snn.Dense(n_matrix_basis, 2 * n_matrix_basis, activation=None, bias=False)
        self.intraatomic_context_net = nn.Sequential(
            snn.Dense(n_atom_basis + 5 * n_matrix_basis, n_atom_basis, activation=activation),
            snn.Dense(n_atom_basis, n_atom_basis + n_matrix_basis, activation=None),
        )

    def forward(self, q: Tensor, matrices: Tensor) -> tuple[Tensor, Tensor]:
        """Mix the features of each atom.

        Args:
            q: (n_atoms, 1, F) scalar features.
            matrices: (n_atoms, 3, 3, G) matrices.

        Returns:
            Scalar features and matrices after the block, in the shapes of the inputs.
        """
        mixed = self.matrix_channel_mix(matrices)
        V, W = mixed.chunk(2, dim=-1)
        invariants = (
            torch.sqrt(V.square().sum(dim=(1, 2)) + self.epsilon),
            (V * W).sum(dim=(1, 2)),
            (V * W.transpose(1, 2)).sum(dim=(1, 2)),
            mixed[:, 0, 0] + mixed[:, 1, 1] + mixed[:, 2, 2],
        )
        dq, gate = self.intraatomic_context_net(torch.cat((q[:, 0], *invariants), dim=-1)).split(
            self.n_features, dim=-1
        )
        return q + dq[:, None], matrices + gate[:, None, None] * W


def normalize(matrices: Tensor) -> Tensor:
    """Scale the matrices (n_atoms, 3, 3, G) of each atom to the mean square of unit matrices; this is equivariant."""
    mean_square = matrices.square().mean(dim=(1, 2, 3), keepdim=True)
    return matrices * torch.rsqrt(3 * mean_square + SMALLEST_MEAN_SQUARE)
