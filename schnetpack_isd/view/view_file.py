"""Pages of files of structures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import torch

from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.prediction.predict_file import prediction_record
from schnetpack_isd.prediction.predictor import SpectrumPredictor
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.prediction.structure_checks import NumberedStructure, check_tensors, read_numbered
from schnetpack_isd.prediction.structure_spectra import StructureSpectra
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import printable

from .checks import check_view
from .data import ViewedStructure
from .limits import MOST_STRUCTURES, check_number, check_sizes
from .notebook import write_page
from .page import ViewedSpectra, build_page

__all__ = ["predict_view", "view_file"]


def view_file(
    request: PredictionRequest,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    output: str | os.PathLike[str] = "view.html",
    *,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
) -> None:
    """Predict the absorption tensors of a file of structures, and write a page that shows them.

    Args:
        request: the structures.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: page to write, ``.html``.
        overwrite: replace a page that exists.
        device: device to run on.

    Raises:
        FileExistsError: the page exists and must not be overwritten.
        FileNotFoundError: the structures, the model or the folder of the page do not exist.
        ValueError: there are too many structures or too large ones, or the model cannot predict one of them or
            predicts no tensors.
    """
    check_view(request, model, output, overwrite)
    write_page(build_page(predict_view(request, model, device)), output, overwrite)


def predict_view(
    request: PredictionRequest, model: ModelSource | SpectrumModel, device: str | torch.device = "cpu"
) -> ViewedSpectra:
    """Predict what a page shows; see :func:`view_file`."""
    structures = _read(request)
    predictor = SpectrumPredictor(model, device, 8, request.intensity, request.energy_shift, request.experimental_axis)
    check_tensors(predictor.head, predictor.model.name, "spectra along every direction need them")
    check_sizes(structures, predictor.absorbing_element)
    return ViewedSpectra(
        title=", ".join(sorted({Path(printable(path)).name for path in request.files})),
        energies=predictor.energies,
        structures=list(_predict(structures, predictor, request)),
        element=predictor.absorbing_element,
        record=prediction_record(request, predictor).to_origin(),
        experimental_axis=predictor.experimental_axis,
    )


def _read(request: PredictionRequest) -> list[NumberedStructure]:
    """Read the structures.

    Raises:
        ValueError: one cannot be read, or there are too many.
    """
    structures: list[NumberedStructure] = []
    for _, found in islice(read_numbered(request.files, request.index), MOST_STRUCTURES + 1):
        if isinstance(found, ValueError):
            raise found
        structures.append(found)
    check_number(structures)
    return structures


def _predict(
    structures: Sequence[NumberedStructure], predictor: SpectrumPredictor, request: PredictionRequest
) -> Iterator[ViewedStructure]:
    """Predict the structures; those without an absorbing atom have no spectra, unless all are."""
    with_sites = [one for one in structures if predictor.absorbing_element in one.atoms.symbols] or structures
    predicted = predictor.predict_numbered(with_sites, (), allow_extrapolation=request.allow_extrapolation)
    shown = show_progress(predicted, "predicting", total=len(with_sites), unit="structures")
    spectra: dict[int, StructureSpectra] = {numbered.number: found for numbered, found in shown}
    several = len(structures) > 1
    for numbered in structures:
        name = numbered.atoms.symbols.get_chemical_formula()
        if several:
            name = f"{numbered.number}: {name}"
        yield ViewedStructure(name, numbered.atoms, spectra.get(numbered.number))
