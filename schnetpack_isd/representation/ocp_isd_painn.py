"""ISD-PaiNN in the parametrisation of its authors, on the PaiNN of the Open Catalyst Project."""

from __future__ import annotations

import math
import warnings
from typing import Any

import schnetpack.nn as snn
import schnetpack.properties as structure
import torch
from ase.data import chemical_symbols
from schnetpack.representation.painn import PaiNNMixing
from torch import Tensor, nn

from schnetpack_isd.nn import ScaledSiLU

from .cpu_inference import PairFilters
from .isd_painn import ISDPaiNN, ISDPaiNNInteraction

__all__ = ["OCPISDPaiNN", "OCPInteraction", "OCPMixing"]


class OCPInteraction(ISDPaiNNInteraction):
    r"""Interaction block with layer normalisation and constant scales.

    With features F, the context network is
    :math:`D\,(\mathrm{Linear} \circ \sigma \circ \mathrm{Linear} \circ \mathrm{LayerNorm})(q)`, where D multiplies the
    scalar message by 1 and the terms of the vector message with :math:`\hat r_{ij}` and :math:`\mu_j` by
    :math:`1/\sqrt F` and :math:`1/\sqrt{3F}`. Scalar features are divided by :math:`\sqrt 2` after the message.
    """

    def __init__(self, n_atom_basis: int, symmetric_message: bool = True) -> None:
        """Build the block.

        Args:
            n_atom_basis: number of features F.
            symmetric_message: use eqn (4); if False, PaiNN's own vector message.
        """
        super().__init__(n_atom_basis, ScaledSiLU(), symmetric_message)
        self.interatomic_context_net = nn.Sequential(
            nn.LayerNorm(n_atom_basis), *self.interatomic_context_net, _MessageScale()
        )

    def forward(
        self,
        q: Tensor,
        mu: Tensor,
        Wij: Tensor | PairFilters,
        dir_ij: Tensor,
        idx_i: Tensor,
        idx_j: Tensor,
        n_atoms: int,
    ) -> tuple[Tensor, Tensor]:
        """Add the messages of the neighbours; see :meth:`ISDPaiNNInteraction.forward`."""
        q, mu = super().forward(q, mu, Wij, dir_ij, idx_i, idx_j, n_atoms)
        return q / math.sqrt(2), mu


class _MessageScale(nn.Module):
    """Constant scales of the three parts of a message, in PaiNN's order: scalar, along r_ij, along mu_j."""

    def forward(self, x: Tensor) -> Tensor:
        dq, dmuR, dmumu = x.chunk(3, dim=-1)
        n_features = dq.shape[-1]
        return torch.cat([dq, dmuR / math.sqrt(n_features), dmumu / math.sqrt(3 * n_features)], dim=-1)


class OCPMixing(PaiNNMixing):
    r"""Mixing block with constant scales, and a scale of the scalar features (`scale_factor`).

    The norm has no :math:`\epsilon`; its gradient is 0 where the vectors are zero.
    """

    def __init__(self, n_atom_basis: int) -> None:
        """Build the block.

        Args:
            n_atom_basis: number of features F.
        """
        super().__init__(n_atom_basis, ScaledSiLU(), epsilon=0.0)
        self.register_buffer("scale_factor", torch.tensor(1.0))

    def forward(self, q: Tensor, mu: Tensor) -> tuple[Tensor, Tensor]:
        """Mix the features of each atom.

        Args:
            q: (n_atoms, 1, F) scalar features.
            mu: (n_atoms, 3, F) vector features.

        Returns:
            Scalar and vector features, in these shapes.
        """
        mu_V, mu_W = torch.split(self.mu_channel_mix(mu), self.n_atom_basis, dim=-1)
        mu_Vn = torch.linalg.vector_norm(mu_V, dim=-2, keepdim=True)
        x = self.intraatomic_context_net(torch.cat([q, mu_Vn], dim=-1))
        dq_intra, dmu_intra, dqmu_intra = torch.split(x, self.n_atom_basis, dim=-1)

        inner_product = torch.sum(mu_V * mu_W, dim=-2, keepdim=True) / math.sqrt(self.n_atom_basis)
        dq = (dq_intra + dqmu_intra * inner_product) / math.sqrt(2)
        return (q + dq) * self.scale_factor, mu + dmu_intra * mu_W


class OCPISDPaiNN(ISDPaiNN):
    """Inversion-symmetry-aware directional PaiNN in the parametrisation of its authors.

    It reproduces the numbers of their code, and their trained weights can be imported into it
    (:func:`~schnetpack_isd.pretrained.import_weights`). It differs from :class:`ISDPaiNN` in its blocks
    (:class:`OCPInteraction`, :class:`OCPMixing`), its activation (SiLU/0.6), and its filters: the radial basis goes
    smoothly to zero at the cutoff, but the bias of the filter is not reduced before the cutoff.

    All neighbours are used, including periodic images. The authors' code keeps only `max_neighbors` neighbours of an
    atom, an arbitrary choice of them, and as published it treats crystals as molecules.

    References:
        Shibata and Mizoguchi, Digital Discovery 2024, 3, 649, doi:10.1039/d4dd00021h.
    """

    def __init__(
        self,
        n_atom_basis: int,
        n_interactions: int,
        radial_basis: nn.Module,
        cutoff_fn: nn.Module,
        n_elements: int = 9,
        max_neighbors: int | None = None,
        symmetric_message: bool = True,
        directional_embedding: bool = True,
    ) -> None:
        """Build the network.

        Args:
            n_atom_basis: number of features F.
            n_interactions: number of interaction blocks.
            radial_basis: layer that expands distances in a basis; theirs is SchNetPack's `GaussianRBF`.
            cutoff_fn: cutoff function; theirs is :class:`~schnetpack_isd.nn.PolynomialEnvelope`.
            n_elements: largest atomic number that has an embedding.
            max_neighbors: warn once if an atom has more neighbours, for which the authors' code gives other numbers.
            symmetric_message: symmetrise the vector message, eqn (4); without it, inversion symmetry is lost.
            directional_embedding: start the vector features from the direction, eqn (3); without it, nothing depends on
                the direction.

        Raises:
            ValueError: `n_elements` is not an atomic number.
        """
        if not 1 <= n_elements < len(chemical_symbols):
            raise ValueError(f"`n_elements` must be from 1 to {len(chemical_symbols) - 1}, not {n_elements}.")
        super().__init__(
            n_atom_basis,
            n_interactions,
            radial_basis,
            cutoff_fn,
            nuclear_embedding=_embedding(n_elements, n_atom_basis),
            directional_embedding=directional_embedding,
        )
        self.n_elements = n_elements
        self.max_neighbors = max_neighbors
        self._warned = False
        if directional_embedding:
            self.direction_embedding = _embedding(n_elements, n_atom_basis)
        for weight in self.filter_net.weight.split(3 * n_atom_basis):
            nn.init.xavier_uniform_(weight)
        self.interactions = snn.replicate_module(
            lambda: OCPInteraction(n_atom_basis, symmetric_message), n_interactions, share_params=False
        )
        self.mixing = snn.replicate_module(lambda: OCPMixing(n_atom_basis), n_interactions, share_params=False)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_warned": False}

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute the features of each atom for each direction; see :meth:`ISDPaiNN.forward`.

        Compiled and exported graphs omit the check and the warning.

        Raises:
            ValueError: the element of an atom has no embedding.

        Warns:
            UserWarning: an atom has more than `max_neighbors` neighbours; once.
        """
        if not torch.compiler.is_compiling():
            self._check_elements(inputs)
            self._warn_of_neighbors(inputs)
        return super().forward(inputs)

    def _cut_off(self, d_ij: Tensor) -> tuple[Tensor, Tensor]:
        """Return the cutoffs of the radial basis and of the bias, which is a step, at distances (n_pairs, 1, 1)."""
        return self.cutoff_fn(d_ij), (d_ij <= self.cutoff_fn.cutoff).to(d_ij)

    def _check_elements(self, inputs: dict[str, Tensor]) -> None:
        """Raise an error that names the first atom without an embedding."""
        unknown = (inputs[structure.Z] < 1) | (inputs[structure.Z] > self.n_elements)
        if not unknown.any():
            return
        atom = int(torch.nonzero(unknown)[0])
        number, molecule = int(inputs[structure.Z][atom]), int(inputs[structure.idx_m][atom])
        atom -= int(inputs[structure.n_atoms][:molecule].sum())
        symbol = chemical_symbols[number] if 0 < number < len(chemical_symbols) else "no element"
        raise ValueError(
            f"Atom {atom} of structure {int(inputs[structure.idx][molecule])} is {symbol} (Z = {number}), for which "
            f"the model has no embedding; it has embeddings (`n_elements`) for {chemical_symbols[1]} to "
            f"{chemical_symbols[self.n_elements]}."
        )

    def _warn_of_neighbors(self, inputs: dict[str, Tensor]) -> None:
        """Warn once if the authors' code would drop neighbours of an atom."""
        if self.max_neighbors is None or self._warned:
            return
        within = torch.linalg.vector_norm(inputs[structure.Rij], dim=1) <= self.cutoff_fn.cutoff
        n_neighbors = torch.bincount(inputs[structure.idx_i][within], minlength=1)
        if n_neighbors.max() > self.max_neighbors:
            self._warned = True
            warnings.warn(
                f"An atom has {int(n_neighbors.max())} neighbours within {float(self.cutoff):g} Å. All of them are "
                f"used; the authors' code keeps an arbitrary choice of {self.max_neighbors}.",
                stacklevel=2,
            )


def _embedding(n_elements: int, n_atom_basis: int) -> nn.Embedding:
    """Return an embedding with a row for each atomic number (row 0 is unused), uniform with a variance of 1."""
    embedding = nn.Embedding(n_elements + 1, n_atom_basis, padding_idx=0)
    nn.init.uniform_(embedding.weight[1:], -math.sqrt(3), math.sqrt(3))
    nn.init.zeros_(embedding.weight[:1])
    return embedding
