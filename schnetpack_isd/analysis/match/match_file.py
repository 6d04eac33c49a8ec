"""Comparison of candidate structures in files with a measured spectrum."""

from __future__ import annotations

import os
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from ase import Atoms
from numpy.typing import NDArray
from scipy.spatial import KDTree

from schnetpack_isd.analysis.calibration import warn_of_model
from schnetpack_isd.analysis.outputs import check_files
from schnetpack_isd.measured import read_measured
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.prediction.predict_file import prediction_record
from schnetpack_isd.prediction.predictor import SpectrumPredictor
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.prediction.structure_checks import NumberedStructure, read_numbered
from schnetpack_isd.prediction.structure_spectra import StructureSpectra
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import printable

from .candidates import Candidates
from .figure import plot_match
from .measurement import prepare
from .ranking import Match, match_spectra
from .request import MatchRequest
from .table import ENDINGS, write_match

__all__ = ["match_file"]

SAME = 1e-3
"""Largest difference of the distances in the same structure, in Å."""


def match_file(
    request: MatchRequest,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    output: str | os.PathLike[str] | None = None,
    *,
    figure: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
    progress: bool = True,
) -> Match:
    """Rank the structures of files by the fit of their predicted spectra to a measured one.

    A table, a figure or both are written, if these are given.

    Args:
        request: candidates and measured spectrum.
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
        ValueError: there are fewer than two candidates, one is given twice, one cannot be read or predicted or is
            unlike the training data, or the measured spectrum is not on the predicted axis.

    Warns:
        UserWarning: the probabilities are not calibrated for the model.
    """
    check_files(request.files, model, output, figure, overwrite, ENDINGS)
    measured = read_measured(request.measured, request.column, request.energy_column)
    structures = _read_candidates(request.prediction)
    prediction = request.prediction
    predictor = SpectrumPredictor(
        model,
        device,
        intensity=prediction.intensity,
        energy_shift=prediction.energy_shift,
        experimental_axis=prediction.experimental_axis,
    )
    prepare(measured, predictor.energies, request.bounds.shift, request.noise)  # errors before the predictions
    predicted = predictor.predict_numbered(
        structures, [], isotropic=True, allow_extrapolation=prediction.allow_extrapolation
    )
    shown = show_progress(predicted, "predicting", progress, len(structures), unit="structures")
    spectra = [spectra for _, spectra in shown]
    match = match_spectra(
        _candidates(structures, spectra), measured, request.bounds, noise=request.noise, progress=progress
    )
    n_extrapolated = sum(not of.is_plausible for of in spectra)
    record = replace(prediction_record(prediction, predictor), extrapolated=n_extrapolated)
    warning_texts = warn_of_model(record, "probabilities")
    for message in warning_texts:
        warnings.warn(message, stacklevel=2)
    if output is not None:
        origin = {**record.to_origin(), "measured": printable(request.measured), "warnings": list(warning_texts)}
        write_match(match, output, origin, overwrite)
    if figure is not None:
        save_figure(plot_match(match), figure)
    return match


def _read_candidates(request: PredictionRequest) -> list[NumberedStructure]:
    structures: list[NumberedStructure] = []
    for _, found in read_numbered(request.files, request.index):
        if isinstance(found, ValueError):
            raise found
        structures.append(found)
    if not structures:
        raise ValueError(f"The files have no structure with the index {request.index}.")
    if len(structures) == 1:
        raise ValueError(
            f"{structures[0].source} is the only candidate; give at least two structures, or use `spkisd assign` to "
            "see what makes the peaks of one."
        )
    _check_different(structures)
    return structures


def _check_different(structures: Sequence[NumberedStructure]) -> None:
    """Check that no structure is given twice, which would count its probability twice.

    Raises:
        ValueError: two structures have the same atoms in the same order, at the same distances.
    """
    alike: defaultdict[tuple[bytes, bytes], list[NumberedStructure]] = defaultdict(list)
    for structure in structures:
        atoms = structure.atoms
        alike[atoms.numbers.tobytes(), atoms.pbc.tobytes()].append(structure)
    for group in alike.values():
        if len(group) > 1:
            pairs = KDTree([_distances(structure.atoms) for structure in group]).query_pairs(SAME, p=np.inf)
            if pairs:
                one, other = (group[number].source for number in min(pairs))
                raise ValueError(f"{one} and {other} are the same structure; give each candidate once.")


def _distances(atoms: Atoms) -> NDArray[np.float64]:
    """Return the distances between the atoms of a structure, and its cell if it is periodic."""
    distances = atoms.get_all_distances(mic=bool(atoms.pbc.any()))[np.triu_indices(len(atoms), 1)]
    return np.append(distances, atoms.cell.cellpar()) if atoms.pbc.any() else np.append(distances, 0.0)


def _candidates(structures: Sequence[NumberedStructure], predicted: Sequence[StructureSpectra]) -> Candidates:
    names = [structure.source for structure in structures]
    by_file = [structure.file for structure in structures]
    if len(set(by_file)) == len(by_file):
        names = by_file  # one structure a file
    deviations = [
        spectra.deviations.isotropic_spectrum.sum(axis=1)
        for spectra in predicted
        if spectra.deviations is not None and spectra.deviations.isotropic_spectrum is not None
    ]
    thresholds = [spectra.ionization_energy for spectra in predicted if spectra.ionization_energy is not None]
    spectra = [of.isotropic_molecular_spectrum for of in predicted if of.isotropic_molecular_spectrum is not None]
    return Candidates(
        names=names,
        energies=predicted[0].energies,
        spectra=np.stack(spectra),
        deviations=np.stack(deviations) if deviations else None,
        thresholds=thresholds or None,
    )
