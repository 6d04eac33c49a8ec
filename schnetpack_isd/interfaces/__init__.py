"""Interfaces to other programs."""

from schnetpack_isd.utils.collector import collector_paused

with collector_paused():
    from .spectrum_calculator import SpectrumCalculator

__all__ = ["SpectrumCalculator"]
