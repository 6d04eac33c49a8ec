"""Spectra of structures from a trained model."""

from schnetpack_isd.models import load_spectrum_model

from .predictor import SpectrumPredictor
from .structure_spectra import StructureSpectra

__all__ = ["SpectrumPredictor", "StructureSpectra", "load_spectrum_model"]
