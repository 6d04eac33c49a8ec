"""Layers and operations that SchNetPack does not have."""

from .activations import ScaledSiLU
from .cutoff import PolynomialEnvelope

__all__ = ["PolynomialEnvelope", "ScaledSiLU"]
