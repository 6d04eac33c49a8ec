"""Prediction of the spectra of a file of structures."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import torch
from ase.io import iread
from pooch import file_hash
from tqdm import tqdm

from schnetpack_isd import __version__
from schnetpack_isd.directions import ISOTROPIC
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import check_figure
from schnetpack_isd.utils.files import check_not_input

from .export import check_store_ending, output_file
from .figure import plot_prediction
from .predictor import SpectrumPredictor
from .record import PredictionRecord
from .request import PredictionRequest
from .store import MOLECULE, PredictedSpectrum, SpectrumStore, StoreWriter
from .structure_checks import NumberedStructure
from .structure_spectra import StructureSpectra

__all__ = ["predict_file"]


def predict_file(
    request: PredictionRequest,
    model: ModelSource | SpectrumModel,
    output: str | os.PathLike[str] | None = None,
    *,
    figure: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
    batch_size: int = 32,
    progress: bool = True,
) -> PredictionRecord:
    """Predict the spectra of a file of structures, and write them to a file, a figure or both.

    Structures are read, predicted and written a batch at a time. The output is complete before the figure is drawn.

    Args:
        request: structures and spectra.
        model: `best_model` of a training, name of published weights, or a model; see
            :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: file to write; its ending is one of :data:`~schnetpack_isd.prediction.export.ENDINGS`.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace an output or a figure that exists.
        device: device to run on.
        batch_size: number of structures in a batch.
        progress: show a progress bar.

    Returns:
        The record that the output keeps of model, structures and request.

    Raises:
        FileExistsError: the output or the figure exists and must not be overwritten.
        FileNotFoundError: the structures or the model do not exist.
        ValueError: there is nothing to write, an argument is not as described, or a structure cannot be read or
            predicted; the message names it.
    """
    if output is None and figure is None:
        raise ValueError("There is nothing to write: give an output, a figure or both.")
    if request.shard is not None:
        check_store_ending(output)
    request.check_structures()
    inputs = (request.structures, model)
    for path, other in ((output, figure), (figure, None)):
        if path is not None:
            check_not_input(path, inputs, [other])
    if figure is not None:
        check_figure(figure, overwrite)
    with output_file(output, overwrite) as target:
        predictor = SpectrumPredictor(model, device, batch_size, request.intensity, request.energy_shift)
        record = _record(request, predictor)
        with StoreWriter(target.store_path, predictor.energies, record) as writer:
            predicted = _predictions(predictor, request)
            for (number, atoms), spectra in tqdm(predicted, "predicting", unit=" structures", disable=not progress):
                writer.write(list(_rows(number, atoms.symbols.get_chemical_formula(), spectra, request)))
        target.publish()
        if figure is not None:
            with SpectrumStore(target.store_path) as store:
                plot_prediction(store, figure)
    return record


def _predictions(
    predictor: SpectrumPredictor, request: PredictionRequest
) -> Iterator[tuple[NumberedStructure, StructureSpectra]]:
    """Predict the structures of a request; errors name the file."""
    try:
        yield from predictor.predict_numbered(_read_structures(request), request.directions, request.isotropic)
    except ValueError as error:
        raise ValueError(f"{request.structures}: {error}") from error


def _read_structures(request: PredictionRequest) -> Iterator[NumberedStructure]:
    """Read the structures of a request one at a time, numbered from 0."""
    number = -1
    frames = iread(str(request.structures), index=":", do_not_split_by_at_sign=True)
    while True:
        try:
            atoms = next(frames)
        except StopIteration:
            break
        except Exception as error:  # ASE's readers raise errors of many kinds
            raise ValueError(f"structure {number + 1} cannot be read by ASE ({error!r}).") from error
        number += 1
        if request.shard is None or request.shard.has(number):
            yield number, atoms
    if number < 0:
        raise ValueError("the file holds no structure.")


def _record(request: PredictionRequest, predictor: SpectrumPredictor) -> PredictionRecord:
    return PredictionRecord(
        program=f"schnetpack-isd {__version__}",
        model=predictor.model.name,
        model_sha256=predictor.model.sha256,
        absorbing_element=predictor.absorbing_element,
        intensity=predictor.intensity,
        intensity_unit="arb. unit",
        intensity_scale=predictor.intensity_scale,
        energy_unit="eV",
        energy_shift=predictor.energy_shift,
        sigma=predictor.head.sigma,
        level_of_theory=predictor.head.level_of_theory,
        structures=str(request.structures),
        structures_sha256=file_hash(str(request.structures)),
        labels=request.labels,
        sites=request.sites,
        shard=request.shard,
    )


def _rows(
    number: int, formula: str, spectra: StructureSpectra, request: PredictionRequest
) -> Iterator[PredictedSpectrum]:
    """Iterate over the molecular spectra, then those of each site if requested, all along the same directions."""
    labels = [label for label in request.labels if label != ISOTROPIC]
    parts: list[tuple[int, np.ndarray, np.ndarray | None, float | None]] = [
        (MOLECULE, spectra.molecular_spectrum, spectra.isotropic_molecular_spectrum, spectra.isotropic_molecular_error)
    ]
    if request.sites:
        n_sites = len(spectra.site_atom)
        averages = [None] * n_sites if spectra.isotropic_spectrum is None else spectra.isotropic_spectrum
        errors = [None] * n_sites if spectra.isotropic_error is None else spectra.isotropic_error.tolist()
        parts += zip(spectra.site_atom.tolist(), spectra.spectrum, averages, errors, strict=True)
    for atom, along, average, error in parts:
        for label, direction, spectrum in zip(labels, spectra.direction, along, strict=True):
            yield PredictedSpectrum(number, formula, atom, label, direction, np.nan, spectrum)
        if average is not None and error is not None:
            yield PredictedSpectrum(number, formula, atom, ISOTROPIC, np.full(3, np.nan), error, average)
