"""Output module for the absorption tensors of sites, which give their spectra along any direction."""

from __future__ import annotations

import numpy as np
import schnetpack.properties as structure
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike
from torch import Tensor, nn

from schnetpack_isd import properties
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.nn.scatter import sum_by_index
from schnetpack_isd.nn.tensors import as_components, as_matrices, nearest_positive, quadratic_forms
from schnetpack_isd.spectra.broadening import Broadening

from .energy_basis import OVERLAP, EnergyBasis
from .spectrum_head import SpectrumHead, check_arguments, number_of_energies

__all__ = ["SpectrumTensor"]

MOST_SITES = 16
"""Number of sites whose tensors are made positive at a time, in double precision."""

SPREAD = 5.0
"""Unit of the network's ionisation thresholds in eV, about the middle of the axis."""


class SpectrumTensor(SpectrumHead):
    r"""Predict the absorption tensor of each site; see :class:`SpectrumHead` for sites, axis and scale.

    The features of a site are scalars :math:`q` and matrices :math:`M`, see
    :class:`~schnetpack_isd.representation.TensorISDPaiNN`. The tensor is

    .. math::
        \sigma(E) = \sum_k g_k(E)
            \left[ \sum_f C_{kf}\, a_f(q)\, \mathrm{sym}(L M M^\mathsf{T} R)_f + b_k(q)\, I \right]

    with networks :math:`a` and :math:`b`, and linear maps :math:`L`, :math:`R` and :math:`C` of the features. It is
    symmetric, and rotates with the molecule. The Gaussians :math:`g_k` on the energy axis are nowhere wider than the
    broadening of the data, and make spectra smooth.

    In inference (`eval`), no spectrum is negative: tensors made of narrower Gaussians are projected onto the positive
    semi-definite ones (:func:`~schnetpack_isd.nn.tensors.nearest_positive`), and a Gaussian along the energy gives them
    the missing width. Tensors that are positive anyway are those of training, and the others have no kinks.

    The spectrum along a direction is the quadratic form :math:`u^\mathsf{T} \sigma u`, the isotropic spectrum a third
    of the trace.
    """

    predicts_tensors = True

    def __init__(
        self,
        n_in: int,
        n_out: int | None = None,
        n_basis: int = 128,
        dropout: float = 0.0,
        aggregation_mode: str | None = None,
        absorbing_element: str = "C",
        energies: ArrayLike | None = None,
        intensity_scale: float | None = None,
        n_matrix_in: int | None = None,
        basis_broadening: Broadening | str | None = None,
    ) -> None:
        """Build the network.

        Args:
            n_in: number of scalar features of the representation.
            n_out: number of energies; the length of `energies` if not given.
            n_basis: number of Gaussians, with equal distances on the energy axis.
            dropout: probability with which scalar features of a site are set to zero in training.
            aggregation_mode: None for site spectra alone; "sum" adds `molecular_spectrum`, their sum for each
                structure. It is the spectrum of the molecule if the sites are all its absorbing atoms.
            absorbing_element: symbol of the element whose atoms are the sites if there is no `site_mask`.
            energies: (n_out,) energy axis in eV; taken from the training data if not given.
            intensity_scale: factor from predicted intensities to the unit of the training data; taken from the training
                data if not given.
            n_matrix_in: number of matrices of the representation; half of `n_in` if not given.
            basis_broadening: broadening (or its text) that the widths of the Gaussians follow; one width if not given.
                If it is relative to ionisation thresholds, the network predicts them too. Needs `energies`.

        Raises:
            ValueError: an argument is not as described.
        """
        super().__init__()
        check_arguments(aggregation_mode, absorbing_element)
        if n_basis < 2:
            raise ValueError(f"`n_basis` must be at least 2, not {n_basis}.")
        self.n_out = number_of_energies("SpectrumTensor", n_out, energies)
        self.n_basis = n_basis
        self.aggregation_mode = aggregation_mode
        self.n_matrix_in = n_matrix_in or n_in // 2
        self.dropout = nn.Dropout(dropout)
        self.factors = nn.Linear(self.n_matrix_in, 2 * n_in, bias=False)
        self.gate = nn.Sequential(nn.Linear(n_in, n_in), nn.SiLU(), nn.Linear(n_in, n_in))
        self.anisotropic = nn.Linear(n_in, n_basis, bias=False)
        self.isotropic = nn.Sequential(nn.Linear(n_in, n_in), nn.SiLU(), nn.Linear(n_in, n_basis))
        self.model_outputs = [
            properties.spectrum_tensor,
            properties.spectrum,
            properties.isotropic_spectrum,
            properties.lowest_eigenvalue,
            properties.site_structure,
            properties.site_atom,
        ]
        if aggregation_mode is not None:
            self.model_outputs.append(properties.molecular_spectrum)
        if basis_broadening is not None and energies is None:
            raise ValueError("`basis_broadening` needs the energy axis, `energies`.")
        self.basis_broadening = None if basis_broadening is None else str(Broadening.of(basis_broadening))
        axis = torch.arange(self.n_out) if basis_broadening is None else torch.as_tensor(energies)
        distance = (self.n_out - 1) / (n_basis - 1)
        self.basis = EnergyBasis(n_basis, axis, Broadening.of(self.basis_broadening or distance))
        self.threshold: nn.Module | None = None
        if self.basis.needs_thresholds:
            self.threshold = nn.Sequential(nn.Linear(n_in, n_in // 2), nn.SiLU(), nn.Linear(n_in // 2, 1))
            self.model_outputs.append(properties.ionization_energy)
        self._set_up(self.n_out, energies, intensity_scale, absorbing_element)

    def last_layers(self) -> list[nn.Module]:
        """Return the layers that make the coefficients of the energy basis."""
        return [self.anisotropic, self.isotropic[-1]]

    def check_metadata(
        self, metadata: DatabaseMetadata, database: str, model: str = "the model", any_scale: bool = False
    ) -> None:
        """Compare the model with the record of a database; see :meth:`SpectrumHead.check_metadata`.

        Raises:
            ValueError: the Gaussians are wider than the narrowest lines of the data.
        """
        super().check_metadata(metadata, database, model, any_scale)
        if self.basis_broadening not in (None, str(metadata.settings.broadening)):
            raise ValueError(
                f"{database} has the broadening {metadata.settings.broadening} (eV), the energy basis of {model} that "
                f"of {self.basis_broadening} (`basis_broadening`)."
            )
        step = np.diff(metadata.settings.energies).max()
        width = OVERLAP * step * (self.n_out - 1) / (self.n_basis - 1)
        narrowest = min(metadata.settings.broadening.widths)
        if width > narrowest * (1 + 1e-3):
            raise ValueError(
                f"The {self.n_basis} Gaussians of {model} are {width:.3g} eV wide, lines of {database} {narrowest:g} "
                "eV (standard deviations). Give SpectrumTensor more of them (`n_basis`)."
            )

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Predict the tensors of the sites, and their spectra.

        Args:
            inputs: SchNetPack's dictionary with `scalar_representation` (n_atoms, n_in), `tensor_representation`
                (n_atoms, 3, 3, n_matrix_in), and for spectra along directions `direction` (n_structures, n_directions,
                3).

        Returns:
            The dictionary with `spectrum_tensor` (n_sites, 3, 3, n_energies), `isotropic_spectrum` (n_sites,
            n_energies), `lowest_eigenvalue`, which is NaN in training, `site_structure` and `site_atom` (n_sites,). If
            the energy basis follows ionisation thresholds, there is `ionization_energy` (n_sites,) in eV. With
            directions, there is `spectrum` (n_sites, n_directions, n_energies), and with `aggregation_mode`
            `molecular_spectrum` (n_structures, n_directions, n_energies).
        """
        sites, idx_m = self.select_sites(inputs)
        coefficients, thresholds = self.coefficients(inputs, sites)
        if not self.training:
            components, lowest = self.positive_tensors(coefficients, thresholds)
        else:
            known = inputs.get(properties.ionization_energy)
            widths = thresholds.detach() if known is None else known.to(thresholds)
            components, lowest = self.basis(coefficients, widths), coefficients.new_full((len(sites),), torch.nan)
        return self.add_outputs(inputs, idx_m, components, lowest, thresholds)

    def add_outputs(
        self, inputs: dict[str, Tensor], idx_m: Tensor, components: Tensor, lowest: Tensor, thresholds: Tensor
    ) -> dict[str, Tensor]:
        """Add the outputs that follow from the tensors of sites; see :meth:`forward`.

        Args:
            inputs: SchNetPack's dictionary.
            idx_m: (n_sites,) structure of each site.
            components: (n_sites, 6, n_energies) components of the tensors.
            lowest: (n_sites,) smallest eigenvalue of each site.
            thresholds: (n_sites,) ionisation thresholds in eV.

        Returns:
            The dictionary.
        """
        if self.threshold is not None:
            inputs[properties.ionization_energy] = thresholds
        inputs[properties.lowest_eigenvalue] = lowest
        inputs[properties.spectrum_tensor] = as_matrices(components)
        inputs[properties.isotropic_spectrum] = components[:, :3].mean(dim=1)
        if properties.direction in inputs:
            directions = inputs[properties.direction].to(components)[idx_m]
            inputs[properties.spectrum] = quadratic_forms(components, directions)
            if self.aggregation_mode is not None:
                n_structures = inputs[structure.n_atoms].shape[0]
                inputs[properties.molecular_spectrum] = sum_by_index(inputs[properties.spectrum], idx_m, n_structures)
        return inputs

    def coefficients(self, inputs: dict[str, Tensor], sites: Tensor) -> tuple[Tensor, Tensor]:
        """Return the coefficients of the energy basis, and the ionisation thresholds.

        Args:
            inputs: dictionary with the features of atoms; see :meth:`forward`.
            sites: (n_sites,) indices of the sites' atoms.

        Returns:
            (n_sites, 6, n_basis) coefficients of the components of the tensors, and (n_sites,) thresholds in eV, which
            are zero if the energy basis does not need them.
        """
        scalars, matrices = inputs["scalar_representation"][sites], inputs["tensor_representation"][sites]
        q = self.dropout(scalars)
        left, right = self.factors(matrices).chunk(2, dim=-1)
        product = torch.einsum("npcf,nqcf->npqf", left, right)
        anisotropic = as_components(product + product.transpose(1, 2)) * self.gate(q)[:, None] / 2
        isotropic = F.pad(self.isotropic(q)[:, None].expand(-1, 3, -1), (0, 0, 0, 3))
        if self.threshold is None:
            thresholds = scalars.new_zeros(len(scalars))
        else:
            thresholds = self.energies.mean() + SPREAD * self.threshold(scalars).squeeze(-1)
        return self.anisotropic(anisotropic) + isotropic, thresholds

    def positive_tensors(self, coefficients: Tensor, thresholds: Tensor) -> tuple[Tensor, Tensor]:
        """Return the components (n_sites, 6, n_energies) of positive tensors, and the smallest eigenvalue of each site.

        The eigenvalues (n_sites,) are those before the projection. Some sites at a time are projected.
        """
        components, lowest = [], []
        for part, of_part in zip(coefficients.split(MOST_SITES), thresholds.split(MOST_SITES), strict=True):
            tensors, eigenvalues = nearest_positive(self.basis.narrow(part, of_part))
            components.append(self.basis.smooth(tensors, of_part))
            lowest.append(eigenvalues.amin(dim=-1))
        return torch.cat(components), torch.cat(lowest)
