"""Representations that depend on a direction."""

from .isd_painn import ISDPaiNN, ISDPaiNNInteraction

__all__ = ["ISDPaiNN", "ISDPaiNNInteraction"]
