"""Prediction of the spectra of a file of structures."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from pooch import file_hash

from schnetpack_isd import __version__
from schnetpack_isd.directions import ISOTROPIC
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
from .store import MOLECULE, PredictedSpectrum, PredictedTensor, SpectrumStore, StoreWriter
from .structure_checks import NumberedStructure, check_tensors, check_thresholds, read_numbered
from .structure_spectra import StructureSpectra
from .xps_file import StructureLines, XPSResults, write_xps

__all__ = ["predict_file"]


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
        with StoreWriter(target.store_path, predictor.energies, _record(request, predictor)) as writer:
            for numbered, spectra in _predict(writer, predictor, request, progress):
                if output is not None or figure is not None:
                    _write(writer, numbered, spectra, request)
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
        _read_structures(request, skip),
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


def _write(
    writer: StoreWriter, numbered: NumberedStructure, spectra: StructureSpectra, request: PredictionRequest
) -> None:
    writer.write(_rows(numbered, spectra, request))
    if request.tensor:
        writer.write_tensors(_tensors(numbered, spectra, request))


def _lines(numbered: NumberedStructure, spectra: StructureSpectra) -> StructureLines:
    formula = numbered.atoms.symbols.get_chemical_formula()
    energies = BindingEnergies.of(spectra)
    return StructureLines(numbered.number, numbered.source, formula, energies, not spectra.is_plausible)


def _read_structures(
    request: PredictionRequest, skip: Callable[[ValueError], None] | None
) -> Iterator[NumberedStructure]:
    """Read the structures of a request one at a time; those that cannot be read raise an error, or are skipped."""
    for number, found in read_numbered(request.files, request.index):
        if request.shard is not None and not request.shard.has(number):
            continue
        if isinstance(found, NumberedStructure):
            yield found
        elif skip is None:
            raise found
        else:
            skip(found)


def _record(request: PredictionRequest, predictor: SpectrumPredictor) -> PredictionRecord:
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


def _rows(
    numbered: NumberedStructure, spectra: StructureSpectra, request: PredictionRequest
) -> Iterator[PredictedSpectrum]:
    """Iterate over the molecular spectra, then those of each site if requested, all along the same directions."""
    labels = [label for label in request.labels if label != ISOTROPIC]
    for part in _parts(spectra, request.sites):
        row = partial(
            PredictedSpectrum,
            structure=numbered.number,
            source=numbered.source,
            formula=numbered.atoms.symbols.get_chemical_formula(),
            atom=part.atom,
            ionization_energy=part.ionization_energy,
            ionization_energy_std=part.ionization_energy_std,
            extrapolation_score=part.score,
            extrapolated=not spectra.is_plausible,
        )
        for number, label in enumerate(labels):
            yield row(
                label=label,
                direction=spectra.direction[number],
                quadrature_error=np.nan,
                spectrum=part.along[number],
                spectrum_std=None if part.along_std is None else part.along_std[number],
            )
        if part.average is not None:
            yield row(
                label=ISOTROPIC,
                direction=np.full(3, np.nan),
                quadrature_error=part.error,
                spectrum=part.average,
                spectrum_std=part.average_std,
            )


@dataclass(frozen=True)
class _Part:
    """Spectra of a molecule or of one of its sites."""

    atom: int
    along: NDArray
    along_std: NDArray | None
    average: NDArray | None
    average_std: NDArray | None
    error: float
    ionization_energy: float = np.nan
    ionization_energy_std: float = np.nan
    score: float = np.nan


def _parts(spectra: StructureSpectra, sites: bool) -> Iterator[_Part]:
    scores, error = spectra.extrapolation_score, spectra.isotropic_molecular_error
    yield _Part(
        MOLECULE,
        spectra.molecular_spectrum,
        spectra.molecular_spectrum_std,
        spectra.isotropic_molecular_spectrum,
        spectra.isotropic_molecular_spectrum_std,
        np.nan if error is None else error,
        score=np.nan if scores is None else float(scores.max()),
    )
    if not sites:
        return
    columns = (
        spectra.spectrum_std, spectra.isotropic_spectrum, spectra.isotropic_spectrum_std, spectra.isotropic_error,
        spectra.ionization_energy, spectra.ionization_energy_std, scores,
    )  # fmt: skip
    for number, atom in enumerate(spectra.site_atom.tolist()):
        along_std, average, average_std, *numbers = (None if values is None else values[number] for values in columns)
        plain = (np.nan if value is None else float(value) for value in numbers)
        yield _Part(atom, spectra.spectrum[number], along_std, average, average_std, *plain)


def _tensors(
    numbered: NumberedStructure, spectra: StructureSpectra, request: PredictionRequest
) -> Iterator[PredictedTensor]:
    """Iterate over the molecular tensor, then those of each site if requested."""
    assert spectra.tensor is not None
    assert spectra.molecular_tensor is not None
    yield PredictedTensor(numbered.number, MOLECULE, spectra.molecular_tensor)
    if request.sites:
        for atom, tensor in zip(spectra.site_atom.tolist(), spectra.tensor, strict=True):
            yield PredictedTensor(numbered.number, atom, tensor)
