"""Predicted spectra of structures."""

from .figure import plot_prediction
from .merge import merge
from .predict_file import predict_file
from .predictor import SpectrumPredictor
from .record import PredictionRecord
from .request import PredictionRequest
from .shard import Shard
from .store import PredictedSpectrum, SpectrumStore
from .structure_spectra import StructureSpectra

__all__ = [
    "PredictedSpectrum",
    "PredictionRecord",
    "PredictionRequest",
    "Shard",
    "SpectrumPredictor",
    "SpectrumStore",
    "StructureSpectra",
    "merge",
    "plot_prediction",
    "predict_file",
]
