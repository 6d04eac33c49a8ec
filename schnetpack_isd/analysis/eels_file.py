"""Files and figures of energy-loss spectra."""

from __future__ import annotations

import os

import torch
from matplotlib.figure import Figure

from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import figure_style, save_figure
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.text import with_subscripts

from .eels import EELSRequest, EELSSpectra
from .structure_prediction import of_structure, predict_structure, read_structure
from .table import check_outputs, write_table

__all__ = ["eels_file", "plot_eels", "predict_eels"]


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
    """Predict the energy-loss spectra of a structure, and write them to a table, a figure or both.

    Args:
        request: structure, beam and apertures.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: table to write; its ending is one of :data:`~schnetpack_isd.analysis.table.ENDINGS`.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace outputs that exist.
        device: device to run on.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: the structure, the model or the folder of an output does not exist.
        ValueError: there is nothing to write, or as in :func:`predict_eels`.
    """
    check_outputs(request.prediction, model, output, figure, overwrite)
    spectra = predict_eels(request, model, device)
    if output is not None:
        write_table(spectra.table(), output, overwrite)
    if figure is not None:
        plot_eels(spectra, figure)
    return spectra


def plot_eels(spectra: EELSSpectra, path: str | os.PathLike[str]) -> Figure:
    """Draw the spectrum of the experiment, and those for momentum transfer along the beam and across it.

    Args:
        spectra: the spectra. The band is one standard deviation of the model.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure.
    """
    predicted, energies = spectra.predicted, spectra.predicted.energies
    with figure_style():
        figure = Figure(figsize=(4.4, 3.2))
        ax = figure.add_subplot()
        values, std = spectra.spectrum
        ax.plot(energies, values, color="C0", linestyle="-", zorder=3, label="this experiment")
        if std is not None:
            ax.fill_between(energies, values - std, values + std, color="C0", alpha=0.2, linewidth=0)
        ax.plot(energies, spectra.parallel[0], color="C1", linestyle="--", linewidth=1.0, label="q along the beam")
        ax.plot(energies, spectra.perpendicular[0], color="C2", linestyle="-.", linewidth=1.0, label="q across it")
        ax.plot(energies, spectra.isotropic[0], color="black", linestyle=":", linewidth=1.0, label="isotropic")
        ax.set_xlim(energies[0], energies[-1])
        ax.set_ylim(bottom=0)
        ax.set_xlabel(f"energy loss / eV{predicted.record.shift_description}")
        ax.set_ylabel("intensity / arb. units")
        ax.legend()
        formula = with_subscripts(predicted.atoms.symbols.get_chemical_formula())
        title = f"{formula}, beam: {spectra.request.beam.description}\n{spectra.request.microscope.description}"
        warning = "\nEXTRAPOLATED: unlike the training data" if predicted.record.extrapolated else ""
        ax.set_title(title + warning, color="red" if warning else "black")
        save_figure(figure, path)
    return figure
