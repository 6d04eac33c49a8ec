"""Spectra of structures from a trained model."""

from .load import load_spectrum_model
from .predictor import SpectrumPredictor
from .spectra import StructureSpectra

__all__ = ["SpectrumPredictor", "StructureSpectra", "load_spectrum_model"]
