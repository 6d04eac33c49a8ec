"""Files of the spectra of a film."""

from __future__ import annotations

import os

import torch

from schnetpack_isd.analysis.outputs import check_files
from schnetpack_isd.analysis.spectrum_table import ENDINGS, write_spectra
from schnetpack_isd.analysis.structure_prediction import of_structure, predict_structure, read_structure
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.pretrained.names import DEFAULT_MODEL

from .figure import plot_film
from .spectra import FilmRequest, FilmSpectra

__all__ = ["film_file", "predict_film"]


def predict_film(
    request: FilmRequest, model: ModelSource | SpectrumModel = DEFAULT_MODEL, device: str | torch.device = "cpu"
) -> FilmSpectra:
    """Predict the spectra of a film.

    Args:
        request: structure, film and angles.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        device: device to run on.

    Raises:
        FileNotFoundError: the structure or the model does not exist.
        ValueError: the structure has no such axis, there are several structures, or the model cannot predict it or
            predicts no tensors, or a resonance is not within the predicted energies.
    """
    numbered = read_structure(request.prediction)
    of_structure(numbered, lambda atoms: request.geometry.weights(0.0, atoms))  # errors before the prediction
    predicted = predict_structure(numbered, request.prediction, model, device, "spectra of films need them")
    return FilmSpectra(request, predicted)


def film_file(
    request: FilmRequest,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    output: str | os.PathLike[str] | None = None,
    *,
    figure: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
) -> FilmSpectra:
    """Predict the spectra of a film, and write them to a table, a figure or both, if these are given.

    Args:
        request: structure, film and angles.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: table to write; its ending is one of :data:`~schnetpack_isd.analysis.spectrum_table.ENDINGS`.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace outputs that exist.
        device: device to run on.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: the structure, the model or the folder of an output does not exist.
        ValueError: an output is an input or has an unknown ending, or as in :func:`predict_film`.
    """
    check_files(request.prediction.files, model, output, figure, overwrite, ENDINGS)
    film = predict_film(request, model, device)
    if output is not None:
        write_spectra(film.table(), output, overwrite)
    if figure is not None:
        save_figure(plot_film(film), figure)
    return film
