"""Activation functions."""

from __future__ import annotations

import pytest
import torch

from schnetpack_isd.nn import ScaledSiLU


def test_the_scaled_silu_roughly_preserves_the_mean_square_of_normal_features() -> None:
    torch.manual_seed(0)
    features = ScaledSiLU()(torch.randn(100_000))
    assert features.square().mean().item() == pytest.approx(1.0, abs=0.05)
