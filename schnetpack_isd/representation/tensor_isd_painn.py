"""ISD-PaiNN whose vector features are linear in the direction, so that absorption tensors can be made of them."""

from __future__ import annotations

from collections.abc import Callable

import schnetpack.nn as snn
import schnetpack.properties as structure
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import cpu_inference
from .isd_painn import ISDPaiNN
from .matrix_blocks import MatrixInteraction, MatrixMixing, normalize

__all__ = ["TensorISDPaiNN"]


class TensorISDPaiNN(ISDPaiNN):
    r"""ISD-PaiNN with a matrix for each atom and feature, which gives a vector for any direction.

    The three unit vectors are directions of their own, the probes. Atoms have matrices :math:`M` (probe by component)
    instead of vectors. They start from eqn (3) for the three probes and get the messages of eqn (4), with scalar
    features that are the same for all probes,

    .. math::
        M_i^0 = b_{Z_i} I, \qquad
        \Delta M_i = \sum_j \phi_{\mu\mu}(q_j) \circ W_{\mu\mu}(d_{ij}) \circ M_j
            + \sum_j \phi_{\mu q}(q_j) \circ W_{\mu q}(d_{ij}) \circ (M_j \hat r_{ij})\, \hat r_{ij}^\mathsf{T} .

    Scalar features see invariants of the matrices only (:class:`MatrixMixing`), so they do not depend on any direction,
    and :math:`M^\mathsf{T} u` is linear in :math:`u`. In ISD-PaiNN, scalar features see one direction, and nothing is
    linear in it.

    Under a rotation R, :math:`M \to R M R^\mathsf{T}`; an inversion changes nothing. Scalars are computed once,
    whatever the number of directions. Matrices and the scalars of messages are normalised, without which trainings
    diverge at useful learning rates.

    The features have no direction axis: SchNetPack's own output modules work on `scalar_representation`.

    References:
        Shibata and Mizoguchi, Digital Discovery 2024, 3, 649, doi:10.1039/d4dd00021h, eqns (3) and (4).
    """

    has_direction_axis = False

    def __init__(
        self,
        n_atom_basis: int,
        n_interactions: int,
        radial_basis: nn.Module,
        cutoff_fn: Callable | None = None,
        activation: Callable = F.silu,
        shared_interactions: bool = False,
        shared_filters: bool = False,
        epsilon: float = 1e-8,
        nuclear_embedding: nn.Module | None = None,
        electronic_embeddings: list | None = None,
        n_matrix_basis: int | None = None,
    ) -> None:
        """Build the network, with the arguments of :class:`ISDPaiNN`.

        Each atom has `n_matrix_basis` matrices, half of `n_atom_basis` if it is not given.
        """
        super().__init__(
            n_atom_basis=n_atom_basis,
            n_interactions=n_interactions,
            radial_basis=radial_basis,
            cutoff_fn=cutoff_fn,
            activation=activation,
            shared_interactions=shared_interactions,
            shared_filters=shared_filters,
            epsilon=epsilon,
            nuclear_embedding=nuclear_embedding,
            electronic_embeddings=electronic_embeddings,
        )
        self.n_matrix_basis = n_matrix_basis or n_atom_basis // 2
        sizes = (n_atom_basis, self.n_matrix_basis, activation)
        self.interactions = snn.replicate_module(lambda: MatrixInteraction(*sizes), n_interactions, shared_interactions)
        self.mixing = snn.replicate_module(lambda: MatrixMixing(*sizes, epsilon), n_interactions, shared_interactions)
        n_filters = (1 if shared_filters else n_interactions) * (n_atom_basis + 2 * self.n_matrix_basis)
        self.filter_net = snn.Dense(self.radial_basis.n_rbf, n_filters, activation=None)
        self.direction_embedding = nn.Embedding(100, self.n_matrix_basis)
        self.norm = nn.LayerNorm(n_atom_basis)

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute the features of each atom.

        Args:
            inputs: SchNetPack's dictionary.

        Returns:
            The dictionary with `scalar_representation` (n_atoms, F) and `tensor_representation` (n_atoms, 3, 3, G), the
            normalised matrices, probe by component.
        """
        atomic_numbers, r_ij = inputs[structure.Z], inputs[structure.Rij]
        idx_i, idx_j = inputs[structure.idx_i], inputs[structure.idx_j]
        q = self._embed(inputs)
        probes = torch.eye(3, dtype=r_ij.dtype, device=r_ij.device).expand(len(atomic_numbers), 3, 3)
        matrices = self._initial_vectors(atomic_numbers, probes)
        in_parts = cpu_inference.is_applicable(q, matrices, r_ij) and len(r_ij) > cpu_inference.MANY_PAIRS
        dir_ij, filters = self._filters(r_ij, in_parts)

        for interaction, mixing, Wij in zip(self.interactions, self.mixing, filters, strict=True):
            q, matrices = interaction(q, normalize(matrices), Wij, dir_ij, idx_i, idx_j, len(atomic_numbers))
            q, matrices = mixing(q, matrices)

        inputs["scalar_representation"] = self.norm(q[:, 0])
        inputs["tensor_representation"] = normalize(matrices)
        return inputs
