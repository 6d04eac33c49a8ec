"""Assignment of the peaks of a structure in a file."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import torch

from schnetpack_isd.analysis.origin import describe_axis, describe_origin
from schnetpack_isd.measured import MeasuredSpectrum, read_spectrum
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.prediction.predictor import SpectrumPredictor
from schnetpack_isd.prediction.structure_checks import NumberedStructure, check_tensors, read_numbered
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.spectra import Alignment, align
from schnetpack_isd.utils.files import atomic_write, process_lock, refuse_existing
from schnetpack_isd.utils.text import printable

from .assignment import Assignment, assign_peaks
from .figure import plot_assignment
from .groups import TOLERANCE
from .request import AssignmentRequest, check_assignment_files
from .table import write_assignment

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
    """Assign the peaks of the spectrum of a structure to its atoms, and write a table, a figure or both.

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
            or is unlike the training data, the model predicts no tensors, or the spectrum has no peak.
    """
    check_assignment_files(request, model, output, figure, overwrite)
    numbered = _read_one(request)
    measured = None if request.measured is None else _read_measured(request.measured)
    predictor = SpectrumPredictor(model, device, experimental_axis=request.experimental_axis)
    check_tensors(predictor.head, predictor.model.name)
    [(_, spectra)] = predictor.predict_numbered(
        [numbered], [], isotropic=True, allow_extrapolation=request.allow_extrapolation
    )
    assignment = assign_peaks(numbered.atoms, spectra, request.prominence, 0.0 if request.sites else TOLERANCE)
    if not assignment.peaks:
        raise ValueError(
            f"{request.structure}: no peak of the spectrum has a prominence of {request.prominence:g} of the highest "
            "intensity; give a smaller one (`--prominence`)."
        )
    if output is not None:
        origin = describe_origin(predictor, [request.structure])
        write_assignment(assignment, output, {**origin, "source": numbered.source}, overwrite)
    if figure is not None:
        aligned = None if measured is None else (measured, _align(assignment, measured, request.experimental_axis))
        drawn = plot_assignment(
            assignment, numbered.atoms, predictor.absorbing_element, describe_axis(predictor), aligned
        )
        path = Path(figure)
        with process_lock(path):
            refuse_existing(path, overwrite)
            with atomic_write(path) as temporary:
                save_figure(drawn, temporary)
    return assignment


def _read_one(request: AssignmentRequest) -> NumberedStructure:
    found = list(islice(read_numbered([request.structure], request.index), 2))
    for _, structure in found:
        if isinstance(structure, ValueError):
            raise structure
    if len(found) > 1:
        raise ValueError(
            f"{printable(request.structure)} has several structures; choose one by its number from 0 (`--index 0`)."
        )
    structure = found[0][1]
    assert isinstance(structure, NumberedStructure)
    return structure


def _read_measured(path: str | os.PathLike[str]) -> MeasuredSpectrum:
    return MeasuredSpectrum(*read_spectrum(path), source=printable(path))


def _align(assignment: Assignment, measured: MeasuredSpectrum, is_experimental: bool) -> Alignment:
    """Align the prediction with a measured spectrum; only small shifts are left on the experimental axis."""
    pair = (assignment.energies, assignment.spectrum, measured.energies, measured.intensities)
    return align(*pair, shifts=SHIFTS) if is_experimental else align(*pair)
