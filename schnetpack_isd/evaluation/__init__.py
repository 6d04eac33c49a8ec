"""Errors of models on calculated spectra."""

from .calibrate import calibrate
from .errors import Evaluation
from .evaluate import evaluate, evaluate_rotated, evaluate_sphere, mean_spectrum
from .evaluate_file import FileEvaluation, evaluate_file
from .figures import (
    plot_equivalent_errors,
    plot_error_distribution,
    plot_molecule,
    plot_percentiles,
    plot_rotated_about_axes,
    plot_typical_sites,
    plot_uncertainty,
)
from .report import report, write_table
from .request import EvaluationRequest
from .uncertainty import PredictedUncertainty
from .unexplained import VarianceShares

__all__ = [
    "Evaluation",
    "EvaluationRequest",
    "FileEvaluation",
    "PredictedUncertainty",
    "VarianceShares",
    "calibrate",
    "evaluate",
    "evaluate_file",
    "evaluate_rotated",
    "evaluate_sphere",
    "mean_spectrum",
    "plot_equivalent_errors",
    "plot_error_distribution",
    "plot_molecule",
    "plot_percentiles",
    "plot_rotated_about_axes",
    "plot_typical_sites",
    "plot_uncertainty",
    "report",
    "write_table",
]
