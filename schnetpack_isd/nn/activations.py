"""Activation functions."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ScaledSiLU"]


class ScaledSiLU(nn.Module):
    """SiLU divided by 0.6, which roughly preserves the mean square of normally distributed features.

    References:
        Gasteiger, Becker and Günnemann, NeurIPS 2021 (GemNet).
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to each element of `x`."""
        return F.silu(x) / 0.6
