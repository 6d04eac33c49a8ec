"""Predicted spectra of structures."""

from typing import TYPE_CHECKING

import lazy_loader

from schnetpack_isd.utils.collector import collector_paused

# Modules are imported when they are used, so that commands check their arguments before they import PyTorch.
_import, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "binding_energies": ["BindingEnergies"],
        "figure": ["plot_prediction"],
        "merge": ["merge"],
        "parts.predict_parts": ["predict_parts"],
        "parts.spectrum_parts": ["SpectrumParts"],
        "parts.workers": ["dask_client"],
        "predict_file": ["predict_file"],
        "predictor": ["SpectrumPredictor"],
        "record": ["PredictionRecord"],
        "request": ["PredictionRequest"],
        "shard": ["Shard"],
        "store": ["PredictedSpectrum", "PredictedTensor", "SpectrumStore"],
        "structure_spectra": ["StructureSpectra"],
    },
)
__getattr__ = collector_paused()(_import)

if TYPE_CHECKING:
    from .binding_energies import BindingEnergies as BindingEnergies
    from .figure import plot_prediction as plot_prediction
    from .merge import merge as merge
    from .parts.predict_parts import predict_parts as predict_parts
    from .parts.spectrum_parts import SpectrumParts as SpectrumParts
    from .parts.workers import dask_client as dask_client
    from .predict_file import predict_file as predict_file
    from .predictor import SpectrumPredictor as SpectrumPredictor
    from .record import PredictionRecord as PredictionRecord
    from .request import PredictionRequest as PredictionRequest
    from .shard import Shard as Shard
    from .store import PredictedSpectrum as PredictedSpectrum
    from .store import PredictedTensor as PredictedTensor
    from .store import SpectrumStore as SpectrumStore
    from .structure_spectra import StructureSpectra as StructureSpectra
