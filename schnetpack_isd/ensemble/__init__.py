"""Ensembles of models, the standard deviation of their predictions, and a score of extrapolation."""

from .neighborhood import NeighborhoodScore
from .spectrum_ensemble import SpectrumEnsemble
from .uncertainty import Uncertainty, interval_factors

__all__ = ["NeighborhoodScore", "SpectrumEnsemble", "Uncertainty", "interval_factors"]
