"""Prediction of the spectra of a file of structures."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from pooch import file_hash

from schnetpack_isd import __version__
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import indent_list, printable

from .binding_energies import BindingEnergies
from .export import output_file
from .figure import plot_prediction
from .file_checks import check_files
from .predictor import SpectrumPredictor
from .record import PredictionRecord
from .request import PredictionRequest
from .rows import write_spectra
from .store import SpectrumStore, StoreWriter
from .structure_checks import NumberedStructure, check_tensors, check_thresholds, read_numbered
from .structure_spectra import StructureSpectra
from .xps_file import StructureLines, XPSResults, write_xps

__all__ = ["predict_file", "prediction_record", "read_structures"]


def predict_file(
    request: PredictionRequest,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    output: str | os.PathLike[str] | None = None,
    *,
    figure: str | os.PathLike[str] | None = None,
    xps: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    overwrite: bool = False,
    device: str | torch.device = "cpu",
    batch_size: int = 32,
    progress: bool = True,
) -> PredictionRecord:
    """Predict the spectra of a file of structures, and write them to a file, a figure or both.

    Structures are read, predicted and written a batch at a time. The output is complete before the figures are drawn.

    Args:
        request: structures and spectra.
        model: `best_model` of a training, name of the bundled model or of published weights, or a model; see
            :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: file to write; its ending is one of :data:`~schnetpack_isd.prediction.export.FORMATS`.
        figure: figure to draw; its ending is a format of Matplotlib.
        xps: file of XPS spectra, or several: tables (.csv), and figures in a format of Matplotlib.
        overwrite: replace outputs and figures that exist.
        device: device to run on.
        batch_size: number of structures in a batch.
        progress: show a progress bar.

    Returns:
        The record that the output keeps of model, structures and request.

    Raises:
        FileExistsError: an output or a figure exists and must not be overwritten.
        FileNotFoundError: the structures or the model do not exist.
        ValueError: there is nothing to write, an argument is not as described, the model does not predict what is
            requested, or a structure cannot be read or predicted, or has implausible intensities; the message names it.

    Warns:
        UserWarning: structures were skipped, or have implausible intensities, or are not in a figure.
    """
    xps = (xps,) if isinstance(xps, str | os.PathLike) else tuple(xps)
    check_files(request, model, output, figure, overwrite, xps)
    structures: list[StructureLines] = []
    with output_file(output, overwrite) as target:
        predictor = SpectrumPredictor(
            model, device, batch_size, request.intensity, request.energy_shift, request.experimental_axis
        )
        if request.tensor:
            check_tensors(predictor.head, predictor.model.name)
        if xps:
            check_thresholds(predictor.head, predictor.model.name)
        with StoreWriter(target.store_path, predictor.energies, prediction_record(request, predictor)) as writer:
            for numbered, spectra in _predict(writer, predictor, request, progress):
                if output is not None or figure is not None:
                    write_spectra(writer, numbered, spectra, request)
                if xps:
                    structures.append(_lines(numbered, spectra))
        target.publish()
        if figure is not None:
            with SpectrumStore(target.store_path) as store:
                plot_prediction(store, figure)
    for path in xps:
        write_xps(XPSResults(structures, writer.record, request.xps_fwhm), path, overwrite)
    return writer.record


def _predict(
    writer: StoreWriter, predictor: SpectrumPredictor, request: PredictionRequest, progress: bool
) -> Iterator[tuple[NumberedStructure, StructureSpectra]]:
    """Predict the structures of a request one after the other, and put their numbers into the writer's record."""
    skipped: list[ValueError] = []
    skip = skipped.append if request.skip_invalid else None
    predicted = predictor.predict_numbered(
        read_structures(request, skip),
        request.directions,
        request.isotropic,
        allow_extrapolation=request.allow_extrapolation,
        skip=skip,
    )
    n_structures, n_extrapolated = 0, 0
    for numbered, spectra in show_progress(predicted, "predicting", progress, unit="structures"):
        yield numbered, spectra
        n_structures, n_extrapolated = n_structures + 1, n_extrapolated + (not spectra.is_plausible)
    writer.record = replace(writer.record, skipped=len(skipped), extrapolated=n_extrapolated)
    if skipped:
        n_read = len(skipped) + n_structures
        warnings.warn(f"Skipped {len(skipped)} of {n_read} structures:{indent_list(skipped)}", stacklevel=3)
    if n_structures == 0 and request.shard is None:
        raise ValueError(f"{', '.join(map(printable, request.files))}: no structure could be predicted.")


def _lines(numbered: NumberedStructure, spectra: StructureSpectra) -> StructureLines:
    formula = numbered.atoms.symbols.get_chemical_formula()
    energies = BindingEnergies.of(spectra)
    return StructureLines(numbered.number, numbered.source, formula, energies, not spectra.is_plausible)


def read_structures(
    request: PredictionRequest, skip: Callable[[ValueError], None] | None
) -> Iterator[NumberedStructure]:
    """Read the structures of a request one at a time.

    Args:
        request: the request.
        skip: called with the error of each structure that cannot be read; without it, the error is raised.

    Raises:
        ValueError: a structure cannot be read.
    """
    for number, found in read_numbered(request.files, request.index):
        if request.shard is not None and not request.shard.has(number):
            continue
        if isinstance(found, NumberedStructure):
            yield found
        elif skip is None:
            raise found
        else:
            skip(found)


def prediction_record(request: PredictionRequest, predictor: SpectrumPredictor) -> PredictionRecord:
    """Return the record of model, structures and request that outputs keep."""
    return PredictionRecord(
        program=f"schnetpack-isd {__version__}",
        model=printable(predictor.model.name),
        model_sha256=predictor.model.sha256,
        absorbing_element=predictor.absorbing_element,
        intensity=predictor.intensity,
        intensity_unit="arb. unit",
        intensity_scale=predictor.intensity_scale,
        energy_unit="eV",
        energy_shift=predictor.energy_shift,
        experimental_axis=None if predictor.experimental_axis is None else str(predictor.experimental_axis),
        broadening=predictor.head.broadening,
        level_of_theory=predictor.head.level_of_theory,
        structures="; ".join(map(printable, request.files)),
        structures_sha256="; ".join(file_hash(str(path)) for path in request.files),
        labels=request.labels,
        sites=request.sites,
        tensor=request.tensor,
        isotropic_average="exact" if predictor.head.predicts_tensors else "quadrature",
        uncertainty=predictor.model.uncertainty,
        shard=request.shard,
    )
