"""Several models that predict as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import torch
from torch import Tensor, nn

from schnetpack_isd import properties
from schnetpack_isd.atomistic import SpectrumHead, SpectrumTensor, spectrum_head
from schnetpack_isd.nn.tensors import quadratic_forms

from .neighborhood import NeighborhoodScore
from .uncertainty import ONE_SIGMA, Uncertainty

__all__ = ["SpectrumEnsemble"]

ADDED = (
    properties.spectrum_std, properties.spectrum_deviation, properties.tensor_deviation,
    properties.ionization_energy_std, properties.ionization_energy_deviation, properties.extrapolation_score,
)  # fmt: skip
"""Outputs that a single model does not have."""

SAME = ("absorbing_element", "aggregation_mode", "elements", "broadening", "level_of_theory", "experimental_axis")
"""Attributes of heads that members share."""


class SpectrumEnsemble(nn.Module):
    r"""Models of the same kind of spectra that predict as one: the mean of the members, and their scatter.

    It takes the place of a single model in predictions and evaluations. Members that predict tensors are averaged
    before their tensors are made positive: the coefficients of the energy basis, and the ionisation thresholds. Other
    members are averaged as they are.

    The deviations of the members from their mean are scaled so that the root of their mean square is the standard
    deviation: that of a sample, :math:`\sqrt{\sum_m d_m^2 / (n - 1)}`, times the factor of the calibration, if there is
    one. The standard deviation of anything that depends on spectra follows from the deviations. Ionisation thresholds
    have none if the calibration does not have their factors.

    Attributes:
        members: the models.
        uncertainty: calibration of the standard deviation; None if there is none.
        neighborhood: score of sites unlike the training data; None if there is none.

    References:
        Lakshminarayanan, Pritzel and Blundell, NeurIPS 2017, arXiv:1612.01474 (ensembles of neural networks).
    """

    def __init__(
        self,
        members: Sequence[nn.Module],
        uncertainty: Uncertainty | None = None,
        neighborhood: NeighborhoodScore | None = None,
        *,
        names: Sequence[str] | None = None,
    ) -> None:
        """Combine models.

        Args:
            members: models that predict spectra, on one axis and scale, from the same elements.
            uncertainty: calibration of the standard deviation.
            neighborhood: score of sites unlike the training data.
            names: names of the members in messages.

        Raises:
            ValueError: there are fewer than two members, one is an ensemble, one predicts something else than the
                first, or two have the same weights; the message names it.
        """
        super().__init__()
        if len(members) < 2:
            raise ValueError(f"An ensemble needs at least two models, not {len(members)}.")
        names = names or [f"member {number}" for number in range(1, len(members) + 1)]
        for member, name in zip(members, names, strict=True):
            if isinstance(member, SpectrumEnsemble):
                raise ValueError(f"{name} is an ensemble; combine its members instead.")
            _check_member(member, name, members[0], names[0])
        _check_weights(members, names)
        self.members = nn.ModuleList(members)
        self.uncertainty = uncertainty
        self.neighborhood = neighborhood
        heads = [spectrum_head(member) for member in members]
        self._averages_tensors = all(_same_basis(head, heads[0]) for head in heads)

    @property
    def has_threshold_std(self) -> bool:
        """True if predicted ionisation thresholds have a standard deviation."""
        return self.uncertainty is None or self.uncertainty.ionization_energy is not None

    @property
    def representation(self) -> nn.Module:
        """Representation of the first member; all have the same cutoff."""
        return self.members[0].representation  # type: ignore[return-value]

    @property
    def output_modules(self) -> nn.ModuleList:
        """Output modules of the first member."""
        return self.members[0].output_modules  # type: ignore[return-value]

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Predict the mean and the scatter of the members.

        Args:
            inputs: SchNetPack's dictionary; see the members.

        Returns:
            The outputs of the members' heads, averaged. `ionization_energy_deviation` and `ionization_energy_std`, if
            thresholds are predicted and have a standard deviation; `spectrum_std`; `extrapolation_score`, if there is
            one; `tensor_deviation`, or `spectrum_deviation` if the members predict no tensors. See
            :mod:`~schnetpack_isd.properties` for their shapes.
        """
        for module in self.members[0].input_modules:  # type: ignore[union-attr]
            inputs = module(inputs)
        results = self._from_tensors(inputs) if self._averages_tensors else self._from_spectra(inputs)
        names = (*spectrum_head(self.members[0]).model_outputs, *ADDED)
        return {name: results[name] for name in names if name in results}

    def _from_tensors(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        head = spectrum_head(self.members[0])
        assert isinstance(head, SpectrumTensor)
        sites, idx_m = head.select_sites(inputs)
        parts, thresholds = [], []
        for member in self.members:
            features = member.representation(dict(inputs))  # type: ignore[operator]
            coefficients, of_member = spectrum_head(member).coefficients(features, sites)
            parts.append(coefficients)
            thresholds.append(of_member)
        coefficients, threshold = torch.stack(parts, dim=1), torch.stack(thresholds, dim=1)
        center, threshold_center = coefficients.mean(dim=1), threshold.mean(dim=1)
        components, lowest = head.positive_tensors(center, threshold_center)
        results = head.add_outputs(inputs, idx_m, components, lowest, threshold_center)
        deviations = self._factor("spectrum") * (coefficients - center[:, None])[:, :-1]
        tensors = head.basis(deviations.flatten(1, 2), threshold_center).unflatten(1, deviations.shape[1:3])
        tensors = torch.cat([tensors, -tensors.sum(dim=1, keepdim=True)], dim=1)  # the deviations add up to zero
        results[properties.tensor_deviation] = tensors
        if properties.direction in inputs:
            directions = inputs[properties.direction].to(tensors)[idx_m].repeat_interleave(len(self.members), dim=0)
            along = quadratic_forms(tensors.flatten(0, 1), directions).unflatten(0, tensors.shape[:2])
            results[properties.spectrum_std] = along.square().mean(dim=1).sqrt()
        return self._finish(results, sites, threshold if head.basis.needs_thresholds else None)

    def _from_spectra(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        outputs = [member(dict(inputs)) for member in self.members]
        results = inputs | outputs[0]
        sites, _ = spectrum_head(self.members[0]).select_sites(results)
        if properties.molecular_spectrum in results:
            molecular = [output[properties.molecular_spectrum] for output in outputs]
            results[properties.molecular_spectrum] = torch.stack(molecular).mean(dim=0)
        spectra = torch.stack([output[properties.spectrum] for output in outputs], dim=1)
        results[properties.spectrum] = spectra.mean(dim=1)
        deviations = self._factor("spectrum") * (spectra - results[properties.spectrum][:, None])
        results[properties.spectrum_deviation] = deviations
        results[properties.spectrum_std] = deviations.square().mean(dim=1).sqrt()
        return self._finish(results, sites, None)

    def _finish(self, results: dict[str, Tensor], sites: Tensor, thresholds: Tensor | None) -> dict[str, Tensor]:
        """Add the scatter of the ionisation thresholds (n_sites, n_members) and the score of extrapolation."""
        if thresholds is not None and self.has_threshold_std:
            deviations = self._factor("ionization_energy") * (thresholds - thresholds.mean(dim=1, keepdim=True))
            results[properties.ionization_energy_deviation] = deviations
            results[properties.ionization_energy_std] = deviations.square().mean(dim=1).sqrt()
        if self.neighborhood is not None:
            results[properties.extrapolation_score] = self.neighborhood(results, sites)
        return results

    def _factor(self, name: str) -> float:
        """Return the factor of deviations from the mean."""
        n_members = len(self.members)
        factors = None if self.uncertainty is None else getattr(self.uncertainty, name)
        return math.sqrt(n_members / (n_members - 1)) * (1.0 if factors is None else factors[ONE_SIGMA])


def _same_basis(head: SpectrumHead, other: SpectrumHead) -> bool:
    """Return whether the coefficients of two heads belong to the same Gaussians."""
    if not (isinstance(head, SpectrumTensor) and isinstance(other, SpectrumTensor)):
        return False
    return head.n_basis == other.n_basis and head.basis_broadening == other.basis_broadening


def _check_weights(members: Sequence[nn.Module], names: Sequence[str]) -> None:
    """Check that no model is given twice.

    Raises:
        ValueError: one is; the message has both names.
    """
    for (one, name), (other, other_name) in combinations(zip(members, names, strict=True), 2):
        if all(map(torch.equal, one.parameters(), other.parameters())):
            raise ValueError(
                f"{other_name} has the same weights as {name}: a model twice has no scatter. Combine models that were "
                "trained with different seeds."
            )


def _check_member(member: nn.Module, name: str, first: nn.Module, first_name: str) -> None:
    """Check that a member predicts the same as the first.

    Raises:
        ValueError: it does not; the message names both.
    """
    head, expected = spectrum_head(member), spectrum_head(first)
    if type(head) is not type(expected) or (head.predicts_tensors and not _same_basis(head, expected)):
        raise ValueError(f"{name} has another kind of head or energy basis than {first_name}.")
    if head.energies.shape != expected.energies.shape or not torch.allclose(
        head.energies, expected.energies, rtol=0, atol=1e-3, equal_nan=True
    ):
        raise ValueError(f"{name} is on another energy axis than {first_name}.")
    if not torch.isclose(head.intensity_scale, expected.intensity_scale, rtol=1e-4, equal_nan=True):
        raise ValueError(
            f"{name} has the intensity scale {head.intensity_scale:.6g}, {first_name} has "
            f"{expected.intensity_scale:.6g}."
        )
    for attribute in SAME:
        if getattr(head, attribute) != getattr(expected, attribute):
            raise ValueError(
                f"{name} has the {attribute.replace('_', ' ')} {getattr(head, attribute)}, {first_name} has "
                f"{getattr(expected, attribute)}."
            )
    cutoffs = [float(model.representation.cutoff) for model in (member, first)]  # type: ignore[arg-type, union-attr]
    if cutoffs[0] != cutoffs[1]:
        raise ValueError(f"{name} has the cutoff {cutoffs[0]:g} Å, {first_name} has {cutoffs[1]:g} Å.")
