"""Files of energy-loss spectra."""

from __future__ import annotations

import os

import torch

from schnetpack_isd.analysis.outputs import check_files
from schnetpack_isd.analysis.spectrum_table import ENDINGS, write_spectra
from schnetpack_isd.analysis.structure_prediction import of_structure, predict_structure, read_structure
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.pretrained.names import DEFAULT_MODEL

from .figure import plot_eels
from .spectra import EELSRequest, EELSSpectra

__all__ = ["eels_file", "predict_eels"]


def predict_eels(
    request: EELSRequest, model: ModelSource | SpectrumModel = DEFAULT_MODEL, device: str | torch.device = "cpu"
) -> EELSSpectra:
    """Predict the energy-loss spectra of a structure.

    Args:
        request: structure, beam and apertures.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        device: device to run on.

    Raises:
        FileNotFoundError: the structure or the model does not exist.
        ValueError: the structure has no such direction, there are several structures, or the model cannot predict it or
            predicts no tensors.
    """
    numbered = read_structure(request.prediction)
    of_structure(numbered, request.beam.unit_vector)  # errors before the prediction
    predicted = predict_structure(numbered, request.prediction, model, device, "energy-loss spectra need them")
    return EELSSpectra(request, predicted)


def eels_file(
    request: EELSRequest,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    output: str | os.PathLike[str] | None = None,
    *,
    figure: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
) -> EELSSpectra:
    """Predict the energy-loss spectra of a structure, and write them to a table, a figure or both, if these are given.

    Args:
        request: structure, beam and apertures.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: table to write; its ending is one of :data:`~schnetpack_isd.analysis.spectrum_table.ENDINGS`.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace outputs that exist.
        device: device to run on.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: the structure, the model or the folder of an output does not exist.
        ValueError: an output is an input or has an unknown ending, or as in :func:`predict_eels`.
    """
    check_files(request.prediction.files, model, output, figure, overwrite, ENDINGS)
    spectra = predict_eels(request, model, device)
    if output is not None:
        write_spectra(spectra.table(), output, overwrite)
    if figure is not None:
        save_figure(plot_eels(spectra), figure)
    return spectra
