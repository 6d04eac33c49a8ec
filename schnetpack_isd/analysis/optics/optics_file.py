"""Files of optical constants."""

from __future__ import annotations

import os

import torch

from schnetpack_isd.analysis.outputs import check_files
from schnetpack_isd.analysis.spectrum_table import ENDINGS, write_spectra
from schnetpack_isd.analysis.structure_prediction import of_structure, predict_structure, read_structure
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.pretrained.names import DEFAULT_MODEL

from .figure import plot_optics
from .predicted_index import OpticsRequest, PredictedIndex

__all__ = ["optics_file", "predict_optics"]


def predict_optics(
    request: OpticsRequest, model: ModelSource | SpectrumModel = DEFAULT_MODEL, device: str | torch.device = "cpu"
) -> PredictedIndex:
    """Predict the optical constants of a material.

    Args:
        request: structure, composition and density.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        device: device to run on.

    Raises:
        FileNotFoundError: the structure or the model does not exist.
        ImportError: KKcalc is not installed.
        ValueError: the structure has no such axis, there are several structures, the model cannot predict it or
            predicts no tensors, or the edge of bare atoms is not within the predicted energies.
    """
    numbered = read_structure(request.prediction)
    if request.orientation is not None:
        of_structure(numbered, request.orientation.axis.unit_vector)  # errors before the prediction
    predicted = predict_structure(numbered, request.prediction, model, device, "optical constants need them")
    return PredictedIndex(request, predicted)


def optics_file(
    request: OpticsRequest,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    output: str | os.PathLike[str] | None = None,
    *,
    figure: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
) -> PredictedIndex:
    """Predict the optical constants of a material, and write them to a table, a figure or both, if these are given.

    Args:
        request: structure, composition and density.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: table to write; its ending is one of :data:`~schnetpack_isd.analysis.spectrum_table.ENDINGS`.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace outputs that exist.
        device: device to run on.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: the structure, the model or the folder of an output does not exist.
        ValueError: an output is an input or has an unknown ending, or as in :func:`predict_optics`.
    """
    check_files(request.prediction.files, model, output, figure, overwrite, ENDINGS)
    index = predict_optics(request, model, device)
    if output is not None:
        write_spectra(index.table(), output, overwrite)
    if figure is not None:
        save_figure(plot_optics(index), figure)
    return index
