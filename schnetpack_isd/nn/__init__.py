"""Layers that SchNetPack lacks."""

from .activations import ScaledSiLU
from .cutoff import PolynomialEnvelope

__all__ = ["PolynomialEnvelope", "ScaledSiLU"]
