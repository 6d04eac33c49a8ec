"""Errors of the spectra of whole molecules, beside the standard deviations of an ensemble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import schnetpack.properties as structure
import torch
from numpy.typing import NDArray
from torch import Tensor

from schnetpack_isd import properties
from schnetpack_isd.nn.scatter import sum_by_index
from schnetpack_isd.nn.tensors import as_components, quadratic_forms

__all__ = ["ALONG", "ISOTROPIC", "MolecularErrors", "join_molecules", "molecular_errors"]

ISOTROPIC = "isotropic spectra"
ALONG = "spectra along the directions"


@dataclass(frozen=True)
class MolecularErrors:
    """Errors of molecular spectra, the sums over all absorbing atoms, and their standard deviations.

    Attributes:
        errors: (n_molecules, n_spectra, n_energies) differences between predicted and calculated intensities.
        stds: (n_molecules, n_spectra, n_energies) standard deviations. Errors of sites that go together add up.
    """

    errors: NDArray
    stds: NDArray

    def coverage(self, factors: Mapping[float, float]) -> dict[float, float]:
        """Return the share of errors inside intervals, by their nominal level.

        Args:
            factors: half widths of the intervals by their level, in units of the standard deviation.
        """
        return {level: float(np.mean(np.abs(self.errors) <= factor * self.stds)) for level, factor in factors.items()}


def molecular_errors(
    batch: Mapping[str, Tensor], results: Mapping[str, Tensor], scale: float
) -> dict[str, MolecularErrors]:
    """Compare the molecular spectra of a batch, as far as the database knows them.

    Isotropic spectra are those of unique sites times their multiplicities; they need tensors. Along a direction,
    equivalent sites have different spectra, so all absorbing atoms of a molecule must be sites.

    Args:
        batch: rows of a database.
        results: outputs of an ensemble for it, or of a single model.
        scale: factor from intensities on the scale of the model to those on the scale of the database.

    Returns:
        Errors by the kind of the spectra; none for a single model.
    """
    if not results.keys() & {properties.tensor_deviation, properties.spectrum_deviation}:
        return {}
    found: dict[str, MolecularErrors] = {}
    idx_m, is_site = batch[structure.idx_m], batch[properties.site_mask] > 0
    numbers, n_molecules = batch[structure.Z], len(batch[structure.n_atoms])
    of_site, multiplicity = idx_m[is_site], batch[properties.multiplicity].double()
    n_absorbers = torch.bincount(idx_m[numbers == numbers[is_site][0]], minlength=n_molecules)
    if properties.tensor_deviation in results and properties.spectrum_tensor in batch:
        errors = scale * as_components(results[properties.spectrum_tensor]).cpu() - batch[properties.spectrum_tensor]
        deviations = scale * results[properties.tensor_deviation].cpu()
        is_whole = sum_by_index(multiplicity, of_site, n_molecules) == n_absorbers
        average, deviation = (values[..., None, :3, :].mean(dim=-2) for values in (errors, deviations))
        found[ISOTROPIC] = _sum(average, deviation, multiplicity, of_site, is_whole)
    errors = scale * results[properties.spectrum].cpu() - batch[properties.spectrum]
    deviations = scale * _deviations_along(results, batch[properties.direction][of_site])
    is_whole = torch.bincount(of_site, minlength=n_molecules) == n_absorbers
    found[ALONG] = _sum(errors, deviations, torch.ones_like(multiplicity), of_site, is_whole)
    return found


def _deviations_along(results: Mapping[str, Tensor], directions: Tensor) -> Tensor:
    """Return the deviations (n_sites, n_members, n_directions, n_energies) of site spectra."""
    if properties.tensor_deviation not in results:
        return results[properties.spectrum_deviation].cpu()
    deviations = results[properties.tensor_deviation].cpu()
    of_members = directions.to(deviations).repeat_interleave(deviations.shape[1], dim=0)
    return quadratic_forms(deviations.flatten(0, 1), of_members).unflatten(0, deviations.shape[:2])


def _sum(errors: Tensor, deviations: Tensor, weights: Tensor, of_site: Tensor, is_whole: Tensor) -> MolecularErrors:
    """Sum over the sites of each whole molecule; members are the second axis of the deviations."""

    def total(values: Tensor) -> Tensor:
        weighted = values * weights.to(values).view(-1, *[1] * (values.dim() - 1))
        return sum_by_index(weighted, of_site, len(is_whole))[is_whole]

    return MolecularErrors(total(errors).numpy(), total(deviations).square().mean(dim=1).sqrt().numpy())


def join_molecules(batches: Sequence[Mapping[str, MolecularErrors]]) -> dict[str, MolecularErrors]:
    """Join the errors of several batches; kinds of spectra that no molecule has are left out."""
    joined = {
        kind: MolecularErrors(
            *(np.concatenate([getattr(batch[kind], name) for batch in batches]) for name in ("errors", "stds"))
        )
        for kind in batches[0]
    }
    return {kind: found for kind, found in joined.items() if len(found.errors)}
