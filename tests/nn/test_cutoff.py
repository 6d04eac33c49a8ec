"""Cutoff functions."""

from __future__ import annotations

import pytest
import torch

from schnetpack_isd.nn import PolynomialEnvelope


@pytest.mark.parametrize("exponent", [3, 5])
def test_the_envelope_and_two_derivatives_vanish_at_the_cutoff(exponent: int) -> None:
    envelope = PolynomialEnvelope(4.0, exponent).double()
    distance = torch.tensor(4.0 - 1e-9, dtype=torch.float64, requires_grad=True)
    value = envelope(distance)
    [slope] = torch.autograd.grad(value, distance, create_graph=True)
    [curvature] = torch.autograd.grad(slope, distance)
    assert max(abs(float(x)) for x in (value, slope, curvature)) < 1e-6


def test_the_envelope_is_one_at_zero_and_zero_beyond_the_cutoff() -> None:
    values = PolynomialEnvelope(4.0)(torch.tensor([0.0, 4.0, 5.0, 100.0]))
    assert values.tolist() == [1.0, 0.0, 0.0, 0.0]
