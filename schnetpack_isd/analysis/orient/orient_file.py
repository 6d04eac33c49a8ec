"""Files of the orientation of a predicted molecule in a measured film."""

from __future__ import annotations

import functools
import os
import warnings
from dataclasses import replace

import torch

from schnetpack_isd.analysis.calibration import warn_of_model
from schnetpack_isd.analysis.outputs import check_files
from schnetpack_isd.analysis.structure_prediction import of_structure, predict_structure, read_structure
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.pretrained.names import DEFAULT_MODEL

from .figure import plot_orientation
from .fit import fit_moments, fit_order
from .molecule import FilmMolecule
from .report import ENDINGS, write_result
from .request import OrientationRequest
from .result import MomentsResult, OrderResult

__all__ = ["orient_file"]


def orient_file(
    request: OrientationRequest,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    output: str | os.PathLike[str] | None = None,
    *,
    figure: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
    progress: bool = True,
) -> OrderResult | MomentsResult:
    """Predict the tensor of a molecule, and fit its orientation in a film.

    Args:
        request: structure, measured spectra and axis.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: file to write; its ending is one of :data:`.report.ENDINGS`.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace outputs that exist.
        device: device to run on.
        progress: show a progress bar.

    Returns:
        The order parameter of the axis, or the second moments without one.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: the structure, the model or the folder of an output does not exist.
        ValueError: the structure has no such axis, or it cannot be predicted, or the spectra do not fit to it.

    Warns:
        UserWarning: for each of the warnings of the result.
    """
    check_files(request.files, model, output, figure, overwrite, ENDINGS)
    numbered = read_structure(request.prediction)
    axis = None if request.axis is None else of_structure(numbered, request.axis.unit_vector)
    predicted = predict_structure(numbered, request.prediction, model, device, "the orientation needs them")
    molecule = FilmMolecule.of(predicted.spectra, numbered.atoms.symbols.get_chemical_formula())
    fit = fit_moments if axis is None else functools.partial(fit_order, axis=axis)
    result: OrderResult | MomentsResult = fit(
        molecule,
        request.series,
        energy_range=request.energy_range,
        fit_polarisation=request.fit_polarisation,
        progress=progress,
    )
    result = replace(result, warnings=(*result.warnings, *warn_of_model(predicted.record, "intervals")))
    for message in result.warnings:
        warnings.warn(message, stacklevel=2)
    if output is not None:
        write_result(result, output, predicted.origin, overwrite)
    if figure is not None:
        save_figure(plot_orientation(result), figure)
    return result
