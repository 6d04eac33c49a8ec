"""Tight-binding Hamiltonians around core holes, whose elements a network predicts."""

from __future__ import annotations

from dataclasses import dataclass

import schnetpack.nn as snn
import schnetpack.properties as structure
import torch
from torch import Tensor, nn

__all__ = ["LocalHamiltonian"]

BOND = 1.4
"""Distance in Å of the hopping integrals at the start of a training."""

SS, SP, SIGMA, PI = 0.0, 3.0, 4.0, -2.5
"""Hopping integrals in eV at this distance: s and s, twice that of s and p, and p and p along and across the line."""

START_DECAY, DECAY = 0.6, 1.0
"""Lengths in Å over which these integrals, and the corrections that the network learns, fall to 1/e."""

S_LEVEL = -3.0
"""Energy in eV of s orbitals relative to p orbitals at the start."""

CORE_HOLE = -3.0
"""Attraction by the core hole at the start: in eV at the site, and in eV times Å, softened, at its neighbours."""

UNIT = 3.0
"""Unit in eV of the outputs of networks, but for the shifts of neighbours."""

OUTSIDE = 1e3
"""Level in eV of padding rows."""

N_ORBITALS = 4
"""Orbitals of an atom: an s and three p orbitals, of hydrogen too, where those are virtual ones."""


@dataclass(frozen=True)
class Elements:
    """Elements of the Hamiltonians of all sites.

    Attributes:
        idx_i: (n_pairs,) first atom of each pair within the cutoff.
        idx_j: (n_pairs,) second atom of each pair.
        levels: (n_atoms, 4) energies of the orbitals in eV.
        hopping: (n_pairs, 4, 4) contributions of the pairs to the hopping integrals in eV; those of a pair in the other
            order are added.
        shifts: (n_pairs, 4) changes of the levels of the second atom by a core hole of the first, in eV.
    """

    idx_i: Tensor
    idx_j: Tensor
    levels: Tensor
    hopping: Tensor
    shifts: Tensor


class LocalHamiltonian(nn.Module):
    r"""Hamiltonian of s and p orbitals of the atoms around each site, with a core hole there.

    Hopping integrals depend on the distance of two atoms and on their scalar features, and on the direction of the line
    between them by the rules of Slater and Koster:

    .. math::
        H_{is,js} = t_{ss}, \qquad H_{is,jp} = t_{sp}\, \hat r_{ij}, \qquad
        H_{ip,jp} = t_\sigma\, \hat r_{ij} \hat r_{ij}^\mathsf{T} + t_\pi (1 - \hat r_{ij} \hat r_{ij}^\mathsf{T}) .

    Energies of orbitals depend on the features of their atom. The core hole of the site changes them at the site and
    at its neighbours, and a rigid shift of the site moves all of them, as its 1s level does. Hopping integrals and
    shifts of neighbours vanish smoothly at the cutoff.

    The atoms are those that the site reaches in `n_hops` steps of at most the cutoff. If an atom comes into reach, its
    hopping integrals with other atoms in reach set in at once: spectra of molecules that are larger than the reach are
    not continuous there.

    The Hamiltonian rotates with the molecule. At the start of a training, hopping integrals depend on little but the
    distance. The constants of this module are part of the model: another value spoils trained models.

    References:
        Slater and Koster, Phys. Rev. 1954, 94, 1498, doi:10.1103/PhysRev.94.1498.
    """

    def __init__(self, n_in: int, cutoff: float, n_hops: int = 2, n_rbf: int = 16, n_hidden: int = 64) -> None:
        """Build the networks.

        Args:
            n_in: number of scalar features of the representation.
            cutoff: cutoff of the representation in Å.
            n_hops: number of steps from the site to the outermost atoms.
            n_rbf: number of Gaussians of distances.
            n_hidden: number of hidden features.

        Raises:
            ValueError: the cutoff is not positive, or the number of steps is negative.
        """
        if cutoff <= 0 or n_hops < 0:
            raise ValueError(
                f"`cutoff` must be positive and `n_hops` must not be negative, not {cutoff:g} Å and {n_hops}."
            )
        super().__init__()
        self.n_hops = n_hops
        self.radial_basis = snn.GaussianRBF(n_rbf, cutoff, start=0.6)
        self.cutoff_fn = snn.CosineCutoff(cutoff)
        self.element = nn.Embedding(100, n_rbf)
        self.atom = nn.Linear(n_in, n_hidden, bias=False)
        self.hopping = _network(2 * n_hidden + 3 * n_rbf, n_hidden, 4)
        self.levels = _network(n_in + n_rbf, n_hidden, 2)
        self.neighbor_shift = _network(2 * n_rbf, n_hidden, 2)
        self.site_shift = _network(n_in, n_hidden, 3)

    def elements(self, inputs: dict[str, Tensor]) -> Elements:
        """Return the elements of the Hamiltonians of all sites.

        Args:
            inputs: SchNetPack's dictionary with `scalar_representation` (n_atoms, n_in), `_atomic_numbers` (n_atoms,),
                `_idx_i`, `_idx_j` (n_pairs,) and `_Rij` (n_pairs, 3).

        Returns:
            Energies of orbitals, hopping integrals, and shifts by core holes.
        """
        numbers, features = inputs[structure.Z], inputs["scalar_representation"]
        distance = torch.linalg.vector_norm(inputs[structure.Rij], dim=1)
        is_near = distance < self.cutoff_fn.cutoff  # lists may have pairs beyond the cutoff
        idx_i, idx_j, r_ij = (inputs[name][is_near] for name in (structure.idx_i, structure.idx_j, structure.Rij))
        distance = distance[is_near]
        element, atom, radial = self.element(numbers), self.atom(features), self.radial_basis(distance)
        pair = [atom[idx_i], atom[idx_j], radial, element[idx_i], element[idx_j]]
        end = self.cutoff_fn(distance)
        learned = UNIT * self.hopping(torch.cat(pair, dim=1)) * (end * torch.exp((BOND - distance) / DECAY))[:, None]
        start = distance.new_tensor([SS, SP, SIGMA, PI])
        integrals = learned + start * (end * torch.exp((BOND - distance) / START_DECAY))[:, None]
        by_hole = self.neighbor_shift(torch.cat([radial, element[idx_j]], dim=1))
        by_hole = (by_hole + CORE_HOLE / torch.sqrt(distance**2 + 1)[:, None]) * end[:, None]
        levels = UNIT * self.levels(torch.cat([features, element], dim=1))
        return Elements(
            idx_i=idx_i,
            idx_j=idx_j,
            levels=_orbitals(levels[:, 0] + S_LEVEL, levels[:, 1]),
            hopping=_blocks(integrals, r_ij / distance[:, None]) / 2,
            shifts=_orbitals(by_hole[:, 0], by_hole[:, 1]),
        )

    def forward(self, inputs: dict[str, Tensor], elements: Elements, sites: Tensor) -> tuple[Tensor, Tensor]:
        """Return the Hamiltonians of sites.

        Args:
            inputs: SchNetPack's dictionary with `scalar_representation` (n_atoms, n_in).
            elements: what :meth:`elements` returns for them.
            sites: (n_sites,) indices of the sites' atoms.

        Returns:
            (n_sites, m, m) Hamiltonians in eV, whose padding rows have a level of 1000 eV, and (n_sites, 3) indices of
            the p orbitals of the site.
        """
        idx_i, idx_j = elements.idx_i, elements.idx_j
        members = self._members(idx_i, idx_j, sites, len(elements.levels))
        place = members.cumsum(dim=1) - 1  # of an atom among those that a site reaches
        n_sites, n_atoms = len(sites), int(members.sum(dim=1).max())

        site, pair = (members[:, idx_i] & members[:, idx_j]).nonzero(as_tuple=True)
        blocks = (site * n_atoms + place[site, idx_i[pair]]) * n_atoms + place[site, idx_j[pair]]
        hopping = elements.hopping.new_zeros(n_sites * n_atoms**2, N_ORBITALS, N_ORBITALS)
        hopping = hopping.index_add(0, blocks, elements.hopping[pair])
        hopping = (
            hopping.view(n_sites, n_atoms, n_atoms, N_ORBITALS, N_ORBITALS).transpose(2, 3).flatten(3).flatten(1, 2)
        )

        site, atom = members.nonzero(as_tuple=True)
        levels = elements.levels.new_full((n_sites * n_atoms, N_ORBITALS), OUTSIDE)
        of_atoms = self._levels_around(inputs, elements, sites)[site, atom]
        levels = levels.index_copy(0, site * n_atoms + place[site, atom], of_atoms)
        matrices = hopping + hopping.transpose(1, 2) + torch.diag_embed(levels.view(n_sites, -1))
        own = N_ORBITALS * place.gather(1, sites[:, None])
        return matrices, own + torch.arange(1, N_ORBITALS, device=own.device)

    def _levels_around(self, inputs: dict[str, Tensor], elements: Elements, sites: Tensor) -> Tensor:
        """Return the energies (n_sites, n_atoms, 4) of the orbitals of all atoms, with the core hole at each site."""
        learned = UNIT * self.site_shift(inputs["scalar_representation"][sites])
        own = torch.arange(len(sites), device=sites.device)
        levels = learned[:, :1, None] + elements.levels
        at_site = _orbitals(learned[:, 1], learned[:, 2]) + CORE_HOLE
        levels = levels.index_put((own, sites), at_site, accumulate=True)
        place = sites.new_full((len(elements.levels),), -1).index_copy(0, sites, own)[elements.idx_i]
        is_neighbor = place >= 0
        places = (place[is_neighbor], elements.idx_j[is_neighbor])
        return levels.index_put(places, elements.shifts[is_neighbor], accumulate=True)

    def _members(self, idx_i: Tensor, idx_j: Tensor, sites: Tensor, n_atoms: int) -> Tensor:
        """Return whether each atom (n_sites, n_atoms) is within reach of each site."""
        members = torch.zeros(len(sites), n_atoms, dtype=torch.bool, device=sites.device)
        members[torch.arange(len(sites), device=sites.device), sites] = True
        for _ in range(self.n_hops):
            reached = torch.zeros(members.shape, device=sites.device).index_add(1, idx_i, members[:, idx_j].float())
            members = members | (reached > 0)
        return members


def _network(n_in: int, n_hidden: int, n_out: int) -> nn.Sequential:
    """Return a network whose outputs are small at the start."""
    last = nn.Linear(n_hidden, n_out)
    with torch.no_grad():
        last.weight.mul_(0.3)
        last.bias.zero_()
    return nn.Sequential(nn.Linear(n_in, n_hidden), nn.SiLU(), last)


def _orbitals(s: Tensor, p: Tensor) -> Tensor:
    """Return values (n, 4) of the orbitals of atoms from those of s and of p orbitals (n,)."""
    return torch.stack([s, p, p, p], dim=1)


def _blocks(integrals: Tensor, directions: Tensor) -> Tensor:
    """Return hopping integrals (n, 4, 4) of orbitals from (n, 4) integrals ss, sp, sigma, pi, and unit vectors."""
    ss, sp, sigma, pi = integrals.T
    along = directions[:, :, None] * directions[:, None]
    p_p = sigma[:, None, None] * along + pi[:, None, None] * (torch.eye(3).to(along) - along)
    s_row = torch.cat([ss[:, None], sp[:, None] * directions], dim=1)
    p_rows = torch.cat([torch.zeros_like(directions)[:, :, None], p_p], dim=2)  # p with s: the pair in the other order
    return torch.cat([s_row[:, None], p_rows], dim=1)
