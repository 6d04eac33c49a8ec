"""Comparison of candidate structures in files with measured spectra."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from ase import Atoms
from numpy.typing import NDArray

from schnetpack_isd.analysis.calibration import warn_of_model
from schnetpack_isd.analysis.outputs import check_files
from schnetpack_isd.analysis.structure_prediction import of_structure
from schnetpack_isd.measured import UNKNOWN_POLARISATION, MeasuredSeries, MeasuredSpectrum, read_measured
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.prediction.predict_file import prediction_record
from schnetpack_isd.prediction.predictor import SpectrumPredictor
from schnetpack_isd.prediction.structure_checks import NumberedStructure, check_tensors, read_numbered
from schnetpack_isd.prediction.structure_spectra import StructureSpectra
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.spectra.tensor import AS_MATRIX
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import printable

from .alike import check_different
from .angle_checks import warn_of_angles, warn_of_convention
from .candidate import Candidate
from .candidates import Candidates
from .error_model import FILM_ERRORS, ErrorModel
from .figure import plot_match
from .film_candidates import FilmCandidates
from .fit import Bounds
from .limit_checks import warn_of_limits
from .measurement import Measurement, prepare, prepare_series
from .ranking import Match, rank_candidates
from .request import FilmMatchRequest, MatchRequest
from .table import ENDINGS, write_match

__all__ = ["match_file"]


def match_file(
    request: MatchRequest | FilmMatchRequest,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    output: str | os.PathLike[str] | None = None,
    *,
    figure: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
    progress: bool = True,
) -> Match:
    """Rank the structures of files by the fit of their predicted spectra to measured ones.

    A table, a figure or both are written, if these are given.

    Args:
        request: candidates, and an isotropic measured spectrum or those of a film at several angles.
        model: a model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        output: table to write, .csv or .json.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace outputs that exist.
        device: device to run on.
        progress: show progress bars.

    Returns:
        The ranked candidates.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: an input does not exist.
        ValueError: there are fewer than two candidates, one is given twice, one cannot be read or predicted, is unlike
            the training data or has no such axis in a film, the model predicts no tensors for a film, or a measured
            spectrum is not on the predicted axis.

    Warns:
        UserWarning: the probabilities are not calibrated for the model; the best fit is at a limit of shift or
            broadening, or another candidate would be found with a larger shift; or the degree of polarisation is
            unknown, the angles are too few or too close together, or they seem to be counted otherwise.
    """
    check_files(request.files, model, output, figure, overwrite, ENDINGS)
    measured = request.series if isinstance(request, FilmMatchRequest) else _read_measured(request)
    structures = _read_candidates(request)
    prediction = request.prediction
    predictor = SpectrumPredictor(
        model,
        device,
        intensity=prediction.intensity,
        energy_shift=prediction.energy_shift,
        experimental_axis=prediction.experimental_axis,
    )
    measurement = _prepare(request, measured, predictor.energies)  # errors before the predictions
    weights = None
    if isinstance(request, FilmMatchRequest):
        check_tensors(predictor.head, predictor.model.name, "spectra at angles need them")
        weights = _weights(request, request.series.angles, structures)
    predicted = predictor.predict_numbered(
        structures, [], isotropic=True, allow_extrapolation=prediction.allow_extrapolation
    )
    shown = show_progress(predicted, "predicting", progress, len(structures), unit="structures")
    spectra = [spectra for _, spectra in shown]
    names = _names(structures)
    if weights is None:
        candidates, errors = _candidates(names, spectra), ErrorModel()
    else:
        candidates, errors = _film_candidates(names, spectra, weights), FILM_ERRORS

    def rank(bounds: Bounds) -> Match:
        prepared = _prepare(replace(request, bounds=bounds), measured, predictor.energies)
        return rank_candidates(candidates, prepared, bounds, errors)

    match = rank_candidates(candidates, measurement, request.bounds, errors, progress)
    n_extrapolated = sum(not of.is_plausible for of in spectra)
    record = replace(prediction_record(prediction, predictor), extrapolated=n_extrapolated)
    warning_texts = [*warn_of_model(record, "probabilities"), *warn_of_limits(match, request.bounds, rank)]
    if isinstance(request, FilmMatchRequest):
        warning_texts += _warn_of_film(request, measurement, structures, spectra, match)
    for message in warning_texts:
        warnings.warn(message, stacklevel=2)
    if output is not None:
        origin = {**record.to_origin(), **_describe_measured(request), "warnings": warning_texts}
        write_match(match, output, origin, overwrite)
    if figure is not None:
        save_figure(plot_match(match), figure)
    return match


def _read_measured(request: MatchRequest) -> MeasuredSpectrum:
    return read_measured(request.measured, request.column, request.energy_column)


def _read_candidates(request: MatchRequest | FilmMatchRequest) -> list[NumberedStructure]:
    structures: list[NumberedStructure] = []
    for _, found in read_numbered(request.prediction.files, request.prediction.index):
        if isinstance(found, ValueError):
            raise found
        structures.append(found)
    if not structures:
        raise ValueError(f"The files have no structure with the index {request.prediction.index}.")
    if len(structures) == 1:
        raise ValueError(
            f"{structures[0].source} is the only candidate; give at least two structures, or use `spkisd assign` to "
            "see what makes the peaks of one."
        )
    check_different(structures, request.film if isinstance(request, FilmMatchRequest) else None)
    return structures


def _prepare(
    request: MatchRequest | FilmMatchRequest, measured: MeasuredSpectrum | MeasuredSeries, axis: NDArray
) -> Measurement:
    settings = (axis, request.bounds.shift, request.noise, request.energy_range)
    if isinstance(measured, MeasuredSeries):
        return prepare_series(measured, *settings)
    return prepare(measured, *settings)


def _weights(
    request: FilmMatchRequest, angles: NDArray, structures: Sequence[NumberedStructure]
) -> NDArray[np.float64]:
    """Return what light sees of each structure (n_candidates, n_terms, n_angles, 3, 3)."""

    def weights(atoms: Atoms) -> NDArray:
        return request.film.weights(angles, request.polarisation, atoms)

    return np.stack([of_structure(structure, weights) for structure in structures])


def _names(structures: Sequence[NumberedStructure]) -> list[str]:
    """Return the files of structures, with their numbers if a file has several."""
    by_file = [structure.file for structure in structures]
    return by_file if len(set(by_file)) == len(by_file) else [structure.source for structure in structures]


def _candidates(names: Sequence[str], predicted: Sequence[StructureSpectra]) -> list[Candidate]:
    deviations = [
        spectra.deviations.isotropic_spectrum.sum(axis=1)
        for spectra in predicted
        if spectra.deviations is not None and spectra.deviations.isotropic_spectrum is not None
    ]
    spectra = [of.isotropic_molecular_spectrum for of in predicted if of.isotropic_molecular_spectrum is not None]
    return Candidates(
        names=names,
        energies=predicted[0].energies,
        spectra=np.stack(spectra),
        deviations=np.stack(deviations) if deviations else None,
        thresholds=_thresholds(predicted),
    ).each()


def _film_candidates(
    names: Sequence[str], predicted: Sequence[StructureSpectra], weights: NDArray[np.float64]
) -> list[Candidate]:
    deviations = [
        spectra.deviations.tensor.sum(axis=1)[:, AS_MATRIX]
        for spectra in predicted
        if spectra.deviations is not None and spectra.deviations.tensor is not None
    ]
    tensors = [of.molecular_tensor for of in predicted if of.molecular_tensor is not None]
    return FilmCandidates(
        names=names,
        energies=predicted[0].energies,
        tensors=np.stack(tensors),
        weights=weights,
        deviations=np.stack(deviations) if deviations else None,
        thresholds=_thresholds(predicted),
    ).each()


def _thresholds(predicted: Sequence[StructureSpectra]) -> list[NDArray] | None:
    return [spectra.ionization_energy for spectra in predicted if spectra.ionization_energy is not None] or None


def _warn_of_film(
    request: FilmMatchRequest,
    measurement: Measurement,
    structures: Sequence[NumberedStructure],
    predicted: Sequence[StructureSpectra],
    match: Match,
) -> Iterator[str]:
    def rank(angles: NDArray) -> Match:
        candidates = _film_candidates(_names(structures), predicted, _weights(request, angles, structures))
        return rank_candidates(candidates, measurement, request.bounds, FILM_ERRORS)

    if request.series.polarisation is None:
        yield UNKNOWN_POLARISATION
    yield from warn_of_angles(request.series.angles)
    yield from warn_of_convention(match, request.series.angles, rank)


def _describe_measured(request: MatchRequest | FilmMatchRequest) -> dict[str, Any]:
    """Return the measured spectra, and the film, as plain values by name."""
    if isinstance(request, MatchRequest):
        return {"measured": printable(request.measured)}
    return {
        "measured": [spectrum.source for spectrum in request.series.spectra],
        "angles_deg": request.series.angles.tolist(),
        "polarisation": request.polarisation,
        "film": request.film.description,
    }
