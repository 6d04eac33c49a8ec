"""Errors of models on known spectra."""

from .errors import Evaluation
from .evaluate import evaluate, mean_spectrum, turned
from .report import report, write_table

__all__ = ["Evaluation", "evaluate", "mean_spectrum", "report", "turned", "write_table"]
