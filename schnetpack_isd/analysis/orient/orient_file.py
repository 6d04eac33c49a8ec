"""Orientation of a predicted molecule in a measured film: request, files and figure."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from schnetpack_isd.analysis.molecular_axis import MolecularAxis
from schnetpack_isd.analysis.structure_prediction import of_structure, predict_structure, read_structure
from schnetpack_isd.measured import MeasuredSeries
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.pretrained.names import DEFAULT_MODEL, check_model_name
from schnetpack_isd.utils.files import check_not_input, check_output

from .fit import fit_moments, fit_order
from .molecule import FilmMolecule
from .report import ENDINGS, write_result
from .result import MomentsResult, OrderResult

__all__ = ["OrientationRequest", "check_files", "orient_file"]


@dataclass(frozen=True)
class OrientationRequest:
    """A structure and the measured spectra of its film.

    Attributes:
        prediction: the structure, and the axis of its energies.
        series: the measured spectra.
        axis: molecular axis about which the molecules are turned at random; None to fit all second moments.
        energy_range: first and last measured energy to compare, eV; None for all of them.
        fit_polarisation: fit the degree of polarisation too.
        files: files of the measured spectra, which no output may replace.
    """

    prediction: PredictionRequest
    series: MeasuredSeries
    axis: MolecularAxis | None
    energy_range: tuple[float, float] | None = None
    fit_polarisation: bool = False
    files: Sequence[str | os.PathLike[str]] = ()


def check_files(
    request: OrientationRequest,
    model: object,
    output: str | os.PathLike[str] | None,
    figure: str | os.PathLike[str] | None,
    overwrite: bool,
) -> None:
    """Check that the inputs exist, and that the outputs can be written.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: the structure, the model or the folder of an output does not exist.
        ValueError: an output is an input or has an unknown ending.
    """
    request.prediction.check_structures()
    if isinstance(model, str | os.PathLike):
        check_model_name(model)
    inputs = (*request.prediction.files, *request.files, getattr(model, "path", model))
    for path, others in ((output, (figure,)), (figure, ())):
        if path is not None:
            check_not_input(path, inputs, others)
    if output is not None:
        check_output(output, overwrite)
        if Path(output).suffix not in ENDINGS:
            raise ValueError(f"{output}: the name must end in one of {', '.join(ENDINGS)}, which chooses the format.")
    if figure is not None:
        from schnetpack_isd.plotting import check_figure

        check_figure(figure, overwrite)


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
    check_files(request, model, output, figure, overwrite)
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
    for message in result.warnings:
        warnings.warn(message, stacklevel=2)
    if output is not None:
        write_result(result, output, predicted.record.to_attributes(), overwrite)
    if figure is not None:
        from schnetpack_isd.plotting import save_figure

        from .figure import plot_orientation

        save_figure(plot_orientation(result), figure)
    return result
