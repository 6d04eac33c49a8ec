"""Files and figures of optical constants."""

from __future__ import annotations

import os

import torch
from matplotlib.figure import Figure

from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import figure_style, save_figure
from schnetpack_isd.pretrained.names import DEFAULT_MODEL

from .optics import OpticsRequest, PredictedIndex
from .structure_prediction import of_structure, predict_structure, read_structure
from .table import check_outputs, write_table

__all__ = ["optics_file", "plot_optics", "predict_optics"]

KINDS = (("black", ":", "without order"), ("C0", "-", "field along the normal"), ("C1", "--", "field in the film"))

SHOWN = 10.0
"""Range in eV before and after the predicted energies that figures show."""


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
    """Predict the optical constants of a material, and write them to a table, a figure or both.

    Args:
        request: structure, composition and density.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: table to write; its ending is one of :data:`~schnetpack_isd.analysis.table.ENDINGS`.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace outputs that exist.
        device: device to run on.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: the structure, the model or the folder of an output does not exist.
        ValueError: there is nothing to write, or as in :func:`predict_optics`.
    """
    check_outputs(request.prediction, model, output, figure, overwrite)
    index = predict_optics(request, model, device)
    if output is not None:
        write_table(index.table(), output, overwrite)
    if figure is not None:
        plot_optics(index, figure)
    return index


def plot_optics(index: PredictedIndex, path: str | os.PathLike[str]) -> Figure:
    """Draw delta and beta against the photon energy.

    Args:
        index: the optical constants; bands are one standard deviation of the model.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure.
    """
    values, std = index.constants
    kinds = KINDS if index.request.orientation is not None else KINDS[:1]
    with figure_style():
        figure = Figure(figsize=(4.2, 4.6))
        panels = figure.subplots(2, 1, sharex=True)
        for number, (ax, name) in enumerate(zip(panels, (r"$\delta$", r"$\beta$"), strict=True)):
            for kind, (color, line, label) in enumerate(kinds):
                drawn = 1e3 * values[number, kind]
                ax.plot(index.energies, drawn, color=color, linestyle=line, linewidth=1.1, label=label)
                if std is not None:
                    width = 1e3 * std[number, kind]
                    ax.fill_between(index.energies, drawn - width, drawn + width, color=color, alpha=0.2, linewidth=0)
            ax.axhline(0.0, color="0.5", linewidth=0.6)
            ax.set_ylabel(f"{name} / 10$^{{-3}}$")
        panels[0].legend()
        panels[0].set_xlim(*(index.predicted.energies[[0, -1]] + [-SHOWN, SHOWN]))
        panels[1].set_xlabel(f"photon energy / eV{index.predicted.record.shift_description}".replace(" (", "\n("))
        material = "".join(f"{s}$_{{{n:g}}}$" for s, n in index.composition.items())
        warning = "\nEXTRAPOLATED: unlike the training data" if index.predicted.record.extrapolated else ""
        title = f"{material}, {index.request.density:g} g/cm³"
        if index.request.orientation is not None:
            title += f"\n{index.request.orientation.description}"
        panels[0].set_title(title + warning, color="red" if warning else "black")
        save_figure(figure, path)
    return figure
