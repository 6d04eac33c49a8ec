"""ISD-PaiNN, a PaiNN with a direction and the inversion symmetry of dipole transitions."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator

import schnetpack.nn as snn
import schnetpack.properties as structure
import torch
import torch.nn.functional as F
from schnetpack.representation import PaiNN
from schnetpack.representation.painn import PaiNNInteraction
from torch import Tensor, nn

from schnetpack_isd import properties
from schnetpack_isd.nn.scatter import sum_by_index
from schnetpack_isd.nn.vector_features import components_first, inner_product

from . import cpu_inference, cpu_training

__all__ = ["ISDPaiNN", "ISDPaiNNInteraction"]


class ISDPaiNNInteraction(PaiNNInteraction):
    r"""PaiNN's interaction block with a direction axis and the symmetrised vector message of eqn (4).

    .. math::
        \Delta\mu_i = \sum_j \phi_{\mu\mu}(q_j) \circ W_{\mu\mu}(d_{ij}) \circ \mu_j
            + \sum_j (\mu_j \cdot \hat r_{ij}) \circ \phi_{\mu q}(q_j) \circ W_{\mu q}(d_{ij})\, \hat r_{ij}

    The inner product :math:`\mu_j \cdot \hat r_{ij}` in each channel is not in PaiNN's message. It makes the message
    odd in :math:`\mu` and even in :math:`\hat r_{ij}`. The paper prints it with :math:`r_{ij}`. The authors' code and
    this class use the unit vector; the filter can absorb any function of :math:`d_{ij}`.

    References:
        Shibata and Mizoguchi, Digital Discovery 2024, 3, 649, doi:10.1039/d4dd00021h.
    """

    interatomic_context_net: nn.Sequential

    def __init__(self, n_atom_basis: int, activation: Callable, symmetric_message: bool = True) -> None:
        """Build the block.

        Args:
            n_atom_basis: number of features F.
            activation: activation function of the context network.
            symmetric_message: use eqn (4); if False, PaiNN's own vector message (the paper's ablation).
        """
        super().__init__(n_atom_basis=n_atom_basis, activation=activation)
        self.symmetric_message = symmetric_message

    def forward(
        self,
        q: Tensor,
        mu: Tensor,
        Wij: Tensor | cpu_inference.PairFilters,
        dir_ij: Tensor,
        idx_i: Tensor,
        idx_j: Tensor,
        n_atoms: int,
    ) -> tuple[Tensor, Tensor]:
        """Add the messages of the neighbours to the features of each atom.

        Args:
            q: (n_atoms, n_directions or 1, F) scalar features; 1 as long as they do not depend on the direction.
            mu: (n_atoms, n_directions, 3, G) vector features; G is F, except in :class:`TensorISDPaiNN`.
            Wij: (n_pairs, 1, F + 2G) filters; in inference for very many pairs, an object that makes them.
            dir_ij: (n_pairs, 3) unit vectors from atom i to atom j.
            idx_i: (n_pairs,) indices of the receiving atoms.
            idx_j: (n_pairs,) indices of the sending atoms.
            n_atoms: number of atoms.

        Returns:
            Scalar and vector features after the interaction, in the shapes of the inputs.
        """
        phi = self.interatomic_context_net(q)
        if cpu_inference.is_applicable(q, mu, Wij):
            return cpu_inference.pass_messages(
                self.messages, q, mu, phi, Wij, dir_ij, idx_i, idx_j, self.symmetric_message
            )
        assert isinstance(Wij, Tensor)
        if cpu_training.is_applicable(q, mu, phi, Wij, dir_ij):
            return cpu_training.CompiledMessages.apply(q, mu, phi, Wij, dir_ij, idx_i, idx_j, self.symmetric_message)
        phi_j, mu_j = phi.index_select(0, idx_j), components_first(mu).index_select(0, idx_j)
        dq_ij, dmu_ij = self.messages(phi_j, mu_j, Wij, dir_ij)
        dq = sum_by_index(dq_ij.to(q), idx_i, n_atoms)  # in mixed precision, sums have the precision of the features
        dmu = sum_by_index(dmu_ij.to(mu), idx_i, n_atoms)
        return q + dq, mu + dmu.transpose(1, 2)

    def messages(self, phi_j: Tensor, mu_j: Tensor, Wij: Tensor, dir_ij: Tensor) -> tuple[Tensor, Tensor]:
        """Return the scalar and the vector message of each pair, eqn (4).

        Whoever changes this changes `cpu_inference._add_messages` too, which computes the same.

        Args:
            phi_j: (n_pairs, n_directions or 1, F + 2G) output of the context network of the sending atoms.
            mu_j: (n_pairs, 3, n_directions, G) vector features of the sending atoms, components first.
            Wij: (n_pairs, 1, F + 2G) filters.
            dir_ij: (n_pairs, 3) unit vectors.

        Returns:
            Messages (n_pairs, n_directions or 1, F) and (n_pairs, 3, n_directions, G).
        """
        n_scalars, n_vectors = Wij.shape[-1] - 2 * mu_j.shape[-1], mu_j.shape[-1]
        dq, dmuR, dmumu = torch.split(Wij * phi_j, [n_scalars, n_vectors, n_vectors], dim=-1)
        dir_ij = dir_ij[:, :, None, None]
        if self.symmetric_message:
            dmuR = dmuR * inner_product(mu_j, dir_ij)
        dmu = torch.addcmul(dmumu[:, None] * mu_j, dmuR[:, None], dir_ij)  # dmumu * mu_j + dmuR * dir_ij
        return dq.contiguous(), dmu


class ISDPaiNN(PaiNN):
    r"""Inversion-symmetry-aware directional PaiNN.

    The vector features start from the direction :math:`u` (eqn 3), with a separate element embedding :math:`b`,

    .. math:: \mu_i^0 = b_{Z_i} \otimes u,

    and the vector messages are symmetrised (eqn 4, see :class:`ISDPaiNNInteraction`). Scalar features therefore obey
    eqn (2): they do not change if structure and direction rotate together, or if either is inverted.

    Directions are an axis of the features. Neighbours, distances and filters do not depend on it and are computed once.
    SchNetPack's own output modules expect no such axis; :class:`~schnetpack_isd.atomistic.SiteSpectrum` does.

    With both switches off, every direction gets the features of PaiNN. The weights of a trained PaiNN load with
    ``load_state_dict(..., strict=False)``; only ``direction_embedding.weight`` is missing.

    References:
        Shibata and Mizoguchi, Digital Discovery 2024, 3, 649, doi:10.1039/d4dd00021h;
        Schütt, Unke and Gastegger, ICML 2021 (PaiNN).
    """

    has_direction_axis = True

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
        symmetric_message: bool = True,
        directional_embedding: bool = True,
    ) -> None:
        """Build the network.

        Args:
            n_atom_basis: number of features F.
            n_interactions: number of interaction blocks.
            radial_basis: layer that expands distances in a basis.
            cutoff_fn: cutoff function.
            activation: activation function.
            shared_interactions: share the weights across interaction blocks.
            shared_filters: share the weights across filter-generating networks.
            epsilon: stability constant in the norm of the mixing block.
            nuclear_embedding: embedding of the elements for the scalar features.
            electronic_embeddings: embeddings of charge, spin, and the like.
            symmetric_message: symmetrise the vector message, eqn (4); without it, inversion symmetry is lost.
            directional_embedding: start the vector features from the direction, eqn (3); without it, nothing depends on
                the direction.
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
        self.interactions = snn.replicate_module(
            lambda: ISDPaiNNInteraction(n_atom_basis, activation, symmetric_message),
            n_interactions,
            shared_interactions,
        )
        self.direction_embedding = nn.Embedding(100, n_atom_basis) if directional_embedding else None

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute the features of each atom for each direction.

        Args:
            inputs: SchNetPack's dictionary, with `direction` (n_structures, n_directions, 3) of any non-zero length.

        Returns:
            The dictionary with `scalar_representation` (n_atoms, n_directions, F) and `vector_representation`
            (n_atoms, n_directions, 3, F).

        Raises:
            KeyError: there is no `direction`; :class:`~schnetpack_isd.atomistic.Directions` supplies a default one.
            ValueError: `direction` has another shape.
        """
        atomic_numbers = inputs[structure.Z]
        idx_i, idx_j = inputs[structure.idx_i], inputs[structure.idx_j]
        n_atoms = atomic_numbers.shape[0]
        direction = self._unit_directions(inputs)
        q = self._embed(inputs)
        mu = self._initial_vectors(atomic_numbers, direction[inputs[structure.idx_m]])
        r_ij = inputs[structure.Rij]
        in_parts = cpu_inference.is_applicable(q, mu, r_ij) and len(r_ij) > cpu_inference.MANY_PAIRS
        dir_ij, filters = self._filters(r_ij, in_parts)

        for interaction, mixing, Wij in zip(self.interactions, self.mixing, filters, strict=True):
            q, mu = interaction(q, mu, Wij, dir_ij, idx_i, idx_j, n_atoms)
            q, mu = _mix(mixing, q, mu)

        inputs["scalar_representation"] = q.expand(-1, direction.shape[1], -1)
        inputs["vector_representation"] = mu.expand(-1, direction.shape[1], -1, -1)
        return inputs

    def _embed(self, inputs: dict[str, Tensor]) -> Tensor:
        """Return the first scalar features (n_atoms, 1, F), which do not depend on the direction."""
        q = self.embedding(inputs[structure.Z])
        for embedding in self.electronic_embeddings:
            q = q + embedding(q, inputs)
        return q.unsqueeze(1)

    def _unit_directions(self, inputs: dict[str, Tensor]) -> Tensor:
        """Return unit vectors (n_structures, n_directions, 3)."""
        if properties.direction not in inputs:
            raise KeyError(
                f"ISDPaiNN needs `{properties.direction}` of shape (n_structures, n_directions, 3) in its inputs; "
                "put schnetpack_isd.atomistic.Directions among the model's input modules for a default."
            )
        direction = inputs[properties.direction]
        n_structures = inputs[structure.n_atoms].shape[0]
        if direction.ndim != 3 or direction.shape[0] != n_structures or direction.shape[2] != 3:
            raise ValueError(
                f"`{properties.direction}` must have the shape (n_structures, n_directions, 3) with "
                f"n_structures = {n_structures}, not {tuple(direction.shape)}."
            )
        direction = direction.to(inputs[structure.Rij].dtype)
        return direction / torch.linalg.vector_norm(direction, dim=-1, keepdim=True)

    def _filters(self, r_ij: Tensor, in_parts: bool) -> tuple[Tensor, Iterator[Tensor | cpu_inference.PairFilters]]:
        """Return unit vectors (n_pairs, 3), and an iterator over the filters (n_pairs, 1, F + 2G) of the blocks.

        PaiNN's filters are f (W phi + b), with the radial basis phi and the cutoff f. Here f multiplies the input of
        the linear layer, [W, b] [f phi, f], which gives the same numbers and is cheaper: the input is narrower.
        """
        d_ij = torch.linalg.vector_norm(r_ij, dim=1, keepdim=True)
        stacked = torch.cat([self.filter_net.weight, self.filter_net.bias[:, None]], dim=-1)
        weights = stacked.chunk(1 if self.share_filters else self.n_interactions)
        filters: Iterator[Tensor | cpu_inference.PairFilters]
        if in_parts:
            filters = (
                cpu_inference.PairFilters(d_ij, functools.partial(self._filter, weight=weight)) for weight in weights
            )
        else:
            basis = self._basis(d_ij)
            filters = (F.linear(basis, weight) for weight in weights)
        if self.share_filters:
            filters = itertools.repeat(next(filters), self.n_interactions)
        return r_ij / d_ij, filters

    def _filter(self, d_ij: Tensor, weight: Tensor) -> Tensor:
        return F.linear(self._basis(d_ij), weight)

    def _basis(self, d_ij: Tensor) -> Tensor:
        """Return the radial basis with cutoff (n_pairs, 1, n_rbf + 1); the last column belongs to the bias."""
        # The tails of Gaussians are denormal numbers, which slow some processors down (benchmarks/training_step.py).
        phi_ij = F.hardshrink(self.radial_basis(d_ij), torch.finfo(d_ij.dtype).tiny ** 0.5)
        basis_cutoff, bias_cutoff = self._cut_off(d_ij[..., None])
        return torch.cat([phi_ij * basis_cutoff, bias_cutoff], dim=-1)

    def _cut_off(self, d_ij: Tensor) -> tuple[Tensor, Tensor]:
        """Return the cutoffs of the radial basis and of the bias, here equal, at distances (n_pairs, 1, 1)."""
        cutoff = self.cutoff_fn(d_ij)
        return cutoff, cutoff

    def _initial_vectors(self, atomic_numbers: Tensor, direction: Tensor) -> Tensor:
        """Return the vectors of eqn (3), (n_atoms, n_directions, 3, F); in the ablation, zeros for one direction."""
        if self.direction_embedding is None:
            return direction.new_zeros(direction.shape[0], 1, 3, self.n_atom_basis)
        return direction[..., None] * self.direction_embedding(atomic_numbers)[:, None, None, :]


def _mix(mixing: nn.Module, q: Tensor, mu: Tensor) -> tuple[Tensor, Tensor]:
    """Apply PaiNN's mixing block, which has no direction axis, with atoms and directions flattened together."""
    n_atoms, n_directions, _, n_features = mu.shape
    q = q.expand(n_atoms, n_directions, n_features)
    q, mu = mixing(q.reshape(-1, 1, n_features), mu.reshape(-1, 3, n_features))
    return q.reshape(n_atoms, n_directions, n_features), mu.reshape(n_atoms, n_directions, 3, n_features)
