"""Cutoff functions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["PolynomialEnvelope"]


class PolynomialEnvelope(nn.Module):
    r"""Polynomial that falls from 1 to 0 at the cutoff, where its first two derivatives vanish.

    .. math:: f(x) = 1 - \frac{(p + 1)(p + 2)}{2} x^p + p (p + 2) x^{p + 1} - \frac{p (p + 1)}{2} x^{p + 2},
        \quad x = d / d_\mathrm{cut} < 1

    References:
        Gasteiger, Groß and Günnemann, ICLR 2020 (DimeNet), eqn (8).
    """

    cutoff: Tensor

    def __init__(self, cutoff: float, exponent: int = 5) -> None:
        """Compute the coefficients.

        Args:
            cutoff: cutoff radius in Å.
            exponent: exponent p of the lowest power.
        """
        super().__init__()
        self.register_buffer("cutoff", torch.tensor([float(cutoff)]))
        p = exponent
        self.exponent = p
        self.coefficients = (-(p + 1) * (p + 2) / 2, p * (p + 2), -p * (p + 1) / 2)

    def forward(self, distances: Tensor) -> Tensor:
        """Return the envelope at distances of any shape in Å; 0 from the cutoff on."""
        x = distances / self.cutoff
        a, b, c = self.coefficients
        return (1 + x**self.exponent * (a + x * (b + x * c))) * (x < 1)
