"""Assignment of the peaks of a structure in a file."""

from __future__ import annotations

import os

import torch

from schnetpack_isd.analysis.outputs import check_files
from schnetpack_isd.analysis.structure_prediction import predict_structure, read_structure
from schnetpack_isd.measured import MeasuredSpectrum, read_measured
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.prediction.structure_checks import name_structure
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.spectra import Alignment, align

from .assignment import Assignment, assign_peaks
from .figure import plot_assignment
from .groups import TOLERANCE
from .request import AssignmentRequest
from .table import ENDINGS, write_assignment

__all__ = ["assign_file"]

SHIFTS = (-2.0, 2.0)
"""Shifts of a measured spectrum from the experimental axis that are tried, in eV."""


def assign_file(
    request: AssignmentRequest,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    output: str | os.PathLike[str] | None = None,
    *,
    figure: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
) -> Assignment:
    """Assign the peaks of the spectrum of a structure to its atoms, and write a table and a figure, if they are given.

    Args:
        request: the structure, and what to do with it.
        model: a model that predicts tensors; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: table to write, .csv or .json.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace outputs that exist.
        device: device to run on.

    Returns:
        The assignment.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: an input does not exist.
        ValueError: the file has several structures and no frame is chosen, the structure cannot be read or predicted,
            or is unlike the training data, the model predicts no tensors, the spectrum has no peak, or a measured
            spectrum has no figure to be drawn in.
    """
    check_files(request.files, model, output, figure, overwrite, ENDINGS)
    if request.measured is not None and figure is None:
        raise ValueError("A measured spectrum is drawn in the figure; name one with `--plot FILE`.")
    numbered = read_structure(request.prediction)
    measured = None
    if request.measured is not None:
        measured = read_measured(request.measured, request.column, request.energy_column)
    predicted = predict_structure(numbered, request.prediction, model, device, "the assignment needs them")
    tolerance = 0.0 if request.sites else TOLERANCE
    assignment = assign_peaks(predicted.atoms, predicted.spectra, request.prominence, tolerance)
    if not assignment.peaks:
        raise ValueError(
            f"{name_structure(numbered)}: no peak of the spectrum has a prominence of {request.prominence:g} of the "
            "highest intensity; give a smaller one (`--prominence`)."
        )
    if output is not None:
        write_assignment(assignment, output, predicted.origin, overwrite)
    if figure is not None:
        is_experimental = request.prediction.experimental_axis
        aligned = None if measured is None else (measured, _align(assignment, measured, is_experimental))
        save_figure(plot_assignment(assignment, predicted, aligned), figure)
    return assignment


def _align(assignment: Assignment, measured: MeasuredSpectrum, is_experimental: bool) -> Alignment:
    """Align the prediction with a measured spectrum; only small shifts are left on the experimental axis."""
    pair = (assignment.energies, assignment.spectrum, measured.energies, measured.intensities)
    return align(*pair, shifts=SHIFTS) if is_experimental else align(*pair)
