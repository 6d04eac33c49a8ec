"""Loss and metric of absorption tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from schnetpack_isd.nn.tensors import as_components, quadratic_forms
from schnetpack_isd.spectra import sphere_quadrature
from schnetpack_isd.train import SphereMSELoss, UnexplainedSphereVariance, UnexplainedVariance


def pair() -> tuple[torch.Tensor, torch.Tensor]:
    """Predicted tensors (n_sites, 3, 3, n_energies) and reference components (n_sites, 6, n_energies)."""
    torch.manual_seed(0)
    predicted, calculated = (torch.randn(7, 3, 3, 12, dtype=torch.float64) for _ in range(2))
    return predicted + predicted.transpose(1, 2), as_components(calculated + calculated.transpose(1, 2))


def along_quadrature(components: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Spectra (n_sites, n_directions, n_energies) along the directions of a quadrature, and its weights."""
    directions, weights = sphere_quadrature(11)
    return quadratic_forms(components, torch.tensor(directions).expand(len(components), -1, -1)), torch.tensor(weights)


def test_the_loss_is_the_mean_over_all_directions() -> None:
    predicted, calculated = pair()
    difference, weights = along_quadrature(as_components(predicted) - calculated)
    expected = torch.einsum("sde,d->se", difference**2, weights).mean()
    torch.testing.assert_close(SphereMSELoss()(predicted, calculated), expected, rtol=1e-12, atol=0)


def test_the_slopes_count_with_their_weight() -> None:
    predicted, calculated = pair()
    difference, weights = along_quadrature(as_components(predicted) - calculated)
    slopes = torch.einsum("sde,d->se", (torch.diff(difference, dim=-1) / 0.25) ** 2, weights).mean()
    found = SphereMSELoss(derivative_weight=0.3, energies=290 + 0.25 * np.arange(12))(predicted, calculated)
    torch.testing.assert_close(found - SphereMSELoss()(predicted, calculated), 0.3 * slopes, rtol=1e-12, atol=0)


def test_weights_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="`derivative_weight` must be at least 0"):
        SphereMSELoss(derivative_weight=-1.0)
    with pytest.raises(ValueError, match="needs `energies`"):
        SphereMSELoss(derivative_weight=1.0)


@pytest.mark.parametrize("part", [None, 2])
def test_the_metric_is_that_of_spectra_along_all_directions(part: int | None) -> None:
    predicted, calculated = pair()
    n_parts = None if part is None else 3
    found, along = UnexplainedSphereVariance(part, n_parts), UnexplainedVariance(part, n_parts)
    for sites in (slice(0, 3), slice(3, 7)):
        found.update(predicted[sites], calculated[sites])
    spectra, weights = along_quadrature(as_components(predicted))
    reference, _ = along_quadrature(calculated)
    repeats = torch.round(weights / weights.min() * 1000).long()  # equal weights
    along.update(spectra.repeat_interleave(repeats, dim=1), reference.repeat_interleave(repeats, dim=1))
    torch.testing.assert_close(found.compute(), along.compute(), rtol=1e-3, atol=0)


def test_a_perfect_tensor_leaves_nothing_unexplained() -> None:
    predicted, _ = pair()
    metric = UnexplainedSphereVariance()
    metric.update(predicted, as_components(predicted))
    assert metric.compute() == 0
