"""Output module for absorption tensors with resonances from a tight-binding Hamiltonian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import schnetpack.properties as structure
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from schnetpack_isd import properties
from schnetpack_isd.nn.spectral import local_densities
from schnetpack_isd.spectra.broadening import Broadening

from .local_hamiltonian import N_ORBITALS, LocalHamiltonian
from .spectrum_tensor import SpectrumTensor

__all__ = ["OrbitalSpectrumTensor"]

ORIGIN = 7.0
"""Energy above the first one of the axis, in eV, of a free p orbital at the start of a training."""

STRENGTH = 5.0
"""Area of the line of a free p orbital at the start, in units of the intensity scale times eV."""

SCATTER = 0.9
"""Unit of the logarithm of the strength of a site."""

AT_A_TIME = 1 << 22
"""Largest number of pairs of atoms, and of elements of matrices, of the sites in one chunk."""


class OrbitalSpectrumTensor(SpectrumTensor):
    r"""Predict absorption tensors whose resonances are transitions to the orbitals of a Hamiltonian.

    To the tensor of :class:`SpectrumTensor`, it adds

    .. math::
        A \sum_k c_k c_k^\mathsf{T}\, g(E; \epsilon_k),

    with the energies :math:`\epsilon_k` of the orbitals of a tight-binding Hamiltonian with a core hole at the site
    (:class:`LocalHamiltonian`), their coefficients :math:`c_k` on the p orbitals of the site, lines :math:`g` of unit
    area with the broadening of the data, and the strength :math:`A` of the site. So spectra depend on distant atoms as
    orbitals do, and models that were trained on small molecules serve for larger ones. Occupied orbitals are to lie
    below the axis: training puts them there. This part is positive as long as :math:`A` is. Both parts are expanded in
    the same energy basis.

    Periodic structures are refused: images would share orbitals and core holes, and spectra depend on the choice of the
    cell.
    """

    def __init__(
        self,
        n_in: int,
        cutoff: float,
        energies: ArrayLike,
        basis_broadening: Broadening | str,
        n_hops: int = 2,
        **kwargs: Any,
    ) -> None:
        """Build the networks.

        Args:
            n_in: number of scalar features of the representation.
            cutoff: cutoff of the representation in Å.
            energies: (n_energies,) energy axis in eV.
            basis_broadening: broadening of the data, or its text.
            n_hops: number of steps of at most `cutoff` from the site to the outermost atoms of the Hamiltonian.
            **kwargs: further arguments of :class:`SpectrumTensor`.

        Raises:
            ValueError: an argument is wrong for :class:`SpectrumTensor`.
        """
        super().__init__(n_in, energies=energies, basis_broadening=basis_broadening, **kwargs)
        self.hamiltonian = LocalHamiltonian(n_in, cutoff, n_hops)
        self.site_strength = nn.Sequential(nn.Linear(n_in, n_in // 2), nn.SiLU(), nn.Linear(n_in // 2, 1))
        self.strength = nn.Linear(1, 1, bias=False)
        nn.init.ones_(self.strength.weight)

    def last_layers(self) -> list[nn.Module]:
        """Return the layers that make the coefficients of the energy basis."""
        return [*super().last_layers(), self.strength]

    def coefficients(self, inputs: dict[str, Tensor], sites: Tensor) -> tuple[Tensor, Tensor]:
        """Return the coefficients of the energy basis, and the ionisation thresholds; see :class:`SpectrumTensor`.

        Raises:
            ValueError: a structure is periodic.
        """
        if structure.pbc in inputs and bool(inputs[structure.pbc].any()):
            raise ValueError(
                "A structure is periodic. Models with orbitals (OrbitalSpectrumTensor) are for molecules: take another "
                "model, or set `pbc` to False if it is a molecule in a box."
            )
        coefficients, thresholds = super().coefficients(inputs, sites)
        known = inputs.get(properties.ionization_energy) if self.training else None
        return coefficients + self._of_orbitals(inputs, sites, thresholds if known is None else known), thresholds

    def _of_orbitals(self, inputs: dict[str, Tensor], sites: Tensor, thresholds: Tensor) -> Tensor:
        """Return the coefficients (n_sites, 6, n_basis) of the orbitals' part; some sites at a time are worked on."""
        with torch.autocast(sites.device.type, enabled=False):  # eigenvalues need more than half precision
            features = inputs["scalar_representation"].to(self.strength.weight.dtype)
            return self._in_full_precision(inputs | {"scalar_representation": features}, sites, thresholds)

    def _in_full_precision(self, inputs: dict[str, Tensor], sites: Tensor, thresholds: Tensor) -> Tensor:
        elements = self.hamiltonian.elements(inputs)
        strength = self.strength(torch.exp(SCATTER * self.site_strength(inputs["scalar_representation"][sites])))
        largest = (N_ORBITALS * int(inputs[structure.n_atoms].max())) ** 2
        at_a_time = max(1, AT_A_TIME // max(largest, len(elements.hopping)))
        parts = [strength.new_zeros(0, 6, self.n_basis)]
        for part, of_part in zip(sites.split(at_a_time), thresholds.split(at_a_time), strict=True):
            if len(part) > 0:
                matrices, orbitals = self.hamiltonian(inputs, elements, part)
                parts.append(local_densities(matrices, orbitals, self._lines(of_part.detach().to(matrices))))
        return STRENGTH * strength[:, None] * torch.cat(parts)

    def _lines(self, thresholds: Tensor) -> Callable[[Tensor], Tensor]:
        """Return the function from energies of orbitals to coefficients of the energy basis."""
        return lambda energies: self.basis.lines(energies + (self.basis.first + ORIGIN), thresholds)
