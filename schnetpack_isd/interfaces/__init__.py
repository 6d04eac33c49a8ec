"""Interfaces to other programs."""

from .spectrum_calculator import SpectrumCalculator

__all__ = ["SpectrumCalculator"]
