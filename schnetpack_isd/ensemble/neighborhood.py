"""Score of sites whose neighbourhoods are unlike those of the training data."""

from __future__ import annotations

from collections.abc import Sequence

import schnetpack.properties as structure
import torch
from ase.data import atomic_numbers
from schnetpack.nn import CosineCutoff, GaussianRBF
from torch import Tensor, nn

from schnetpack_isd.nn.scatter import sum_by_index

__all__ = ["NeighborhoodScore"]

N_RBF = 14
"""Number of Gaussians of distance for each element."""

FIRST = 0.9
"""Distance in Å at which the first Gaussian lies."""

REGULARISATION = 0.1
"""Variance that is added to each feature, in units of their mean variance."""


class NeighborhoodScore(nn.Module):
    r"""Distance of the neighbourhood of a site from those of the training data.

    The features of a site are the densities of its neighbours of each element over their distances,

    .. math:: f_{Zk} = \sum_{j:\, Z_j = Z} g_k(d_{ij})\, f_\mathrm{cut}(d_{ij}) .

    The score is their Mahalanobis distance from the features of the training sites, relative to a limit. Sites with a
    score above 1 are farther away than nearly all those of the molecules that set the limit. Features learnt for
    spectra serve less well: graphite and fullerenes look like other aromatic molecules in them.

    Attributes:
        elements: symbols of the elements that have features.
        cutoff: distance in Å beyond which neighbours do not count.

    References:
        Mahalanobis, Proc. Natl. Inst. Sci. India 1936, 2, 49.
    """

    mean: Tensor
    whitening: Tensor
    limit: Tensor
    numbers: Tensor

    def __init__(self, elements: Sequence[str], cutoff: float) -> None:
        """Set up the features; :meth:`fit` sets the rest.

        Args:
            elements: symbols of the elements of the training data.
            cutoff: distance in Å, at most that of the neighbour lists.
        """
        super().__init__()
        self.elements = list(elements)
        self.cutoff = cutoff
        self.radial_basis = GaussianRBF(N_RBF, cutoff, FIRST)
        self.cutoff_fn = CosineCutoff(cutoff)
        size = len(elements) * N_RBF
        self.register_buffer("numbers", torch.tensor([atomic_numbers[symbol] for symbol in elements]), persistent=False)
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("whitening", torch.eye(size))
        self.register_buffer("limit", torch.tensor(torch.nan))

    def features(self, inputs: dict[str, Tensor], sites: Tensor) -> Tensor:
        """Return the features (n_sites, n_features) of sites.

        Args:
            inputs: SchNetPack's dictionary with `_Rij`.
            sites: (n_sites,) indices of the sites' atoms.
        """
        atomic_number, distance = inputs[structure.Z], inputs[structure.Rij].norm(dim=1)
        density = self.radial_basis(distance) * self.cutoff_fn(distance)[:, None]
        kind = (atomic_number[inputs[structure.idx_j], None] == self.numbers).to(density)
        of_pairs = (kind[:, :, None] * density[:, None]).flatten(start_dim=1)
        return sum_by_index(of_pairs, inputs[structure.idx_i], len(atomic_number))[sites]

    @torch.no_grad()
    def fit(self, training: Tensor, validation: Tensor, molecules: Tensor, share: float = 0.98) -> None:
        """Set mean and covariance by the training sites, and the limit by other ones.

        Args:
            training: (n, n_features) features of training sites.
            validation: (m, n_features) features of sites of other molecules.
            molecules: (m,) number of the molecule of each of these.
            share: share of these molecules all of whose sites get scores of at most 1.
        """
        training = training.double()
        covariance = torch.cov(training.T)
        variance, axes = torch.linalg.eigh(covariance)
        scale = torch.rsqrt(variance.clamp(min=0) + REGULARISATION * variance.mean())
        self.mean.copy_(training.mean(dim=0))
        self.whitening.copy_(axes * scale)
        self.limit.fill_(1.0)
        scores = self._scores(validation.to(self.mean))
        highest = torch.stack([scores[molecules == number].max() for number in molecules.unique()])
        self.limit.copy_(highest.quantile(share))

    def forward(self, inputs: dict[str, Tensor], sites: Tensor) -> Tensor:
        """Return the score (n_sites,) of sites; see :meth:`features` for the arguments."""
        return self._scores(self.features(inputs, sites))

    def coordinates(self, features: Tensor) -> Tensor:
        """Return whitened features (n_sites, n_features), whose distances are Mahalanobis distances over the limit."""
        return ((features - self.mean) @ self.whitening) / self.limit

    def _scores(self, features: Tensor) -> Tensor:
        return self.coordinates(features).norm(dim=1)
