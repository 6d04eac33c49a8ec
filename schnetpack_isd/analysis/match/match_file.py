"""Comparison of candidate structures in files with a measured spectrum."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from ase import Atoms

from schnetpack_isd.analysis.origin import describe_axis, describe_origin
from schnetpack_isd.measured import MeasuredSpectrum, read_spectrum
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.prediction.predictor import SpectrumPredictor
from schnetpack_isd.prediction.structure_checks import NumberedStructure, read_numbered
from schnetpack_isd.prediction.structure_spectra import StructureSpectra
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.files import atomic_write, process_lock, refuse_existing
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import printable

from .candidates import Candidates
from .figure import plot_match
from .measurement import prepare
from .ranking import Match, match_spectra
from .request import MatchRequest, check_match_files
from .table import write_match

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
    """
    check_match_files(request, model, output, figure, overwrite)
    measured = MeasuredSpectrum(
        *read_spectrum(request.measured, request.column, request.energy_column), source=printable(request.measured)
    )
    structures = _read_candidates(request)
    predictor = _predictor(model, device)
    prepare(measured, predictor.energies, request.bounds.shift, request.noise)  # before the predictions
    predicted = predictor.predict_numbered(
        structures, [], isotropic=True, allow_extrapolation=request.allow_extrapolation
    )
    shown = show_progress(predicted, "predicting", progress, len(structures), unit="structures")
    candidates = _candidates(structures, [spectra for _, spectra in shown])
    match = match_spectra(candidates, measured, request.bounds, noise=request.noise, progress=progress)
    if output is not None:
        record = {**describe_origin(predictor, request.files), "measured": printable(request.measured)}
        write_match(match, output, record, overwrite)
    if figure is not None:
        path = Path(figure)
        with process_lock(path):
            refuse_existing(path, overwrite)
            with atomic_write(path) as temporary:
                save_figure(plot_match(match, describe_axis(predictor)), temporary)
    return match


def _read_candidates(request: MatchRequest) -> list[NumberedStructure]:
    structures: list[NumberedStructure] = []
    for _, found in read_numbered(request.files, request.index):
        if isinstance(found, ValueError):
            raise found
        structures.append(found)
    if len(structures) < 2:
        raise ValueError(
            f"{structures[0].source} is the only candidate; give at least two structures, or use `spkisd assign` to "
            "see what makes the peaks of one."
        )
    _check_different(structures)
    return structures


def _check_different(structures: Sequence[NumberedStructure]) -> None:
    """Check that no structure is given twice, which would count its probability twice.

    Raises:
        ValueError: one is.
    """
    for number, one in enumerate(structures):
        for other in structures[:number]:
            if _is_same(one.atoms, other.atoms):
                raise ValueError(f"{other.source} and {one.source} are the same structure; give each candidate once.")


def _is_same(one: Atoms, other: Atoms) -> bool:
    """Return whether two structures have the same atoms in the same order, at the same distances."""
    if len(one) != len(other) or np.any(one.numbers != other.numbers) or np.any(one.pbc != other.pbc):
        return False
    if one.pbc.any() and not np.allclose(one.cell.cellpar(), other.cell.cellpar(), atol=SAME):
        return False
    return bool(np.allclose(one.get_all_distances(mic=True), other.get_all_distances(mic=True), rtol=0, atol=SAME))


def _predictor(model: ModelSource | SpectrumModel, device: str | torch.device) -> SpectrumPredictor:
    """Return a predictor on the experimental axis."""
    predictor = SpectrumPredictor(model, device)
    if predictor.head.experimental_axis is None:
        raise ValueError(
            f"{predictor.model.name} does not know the shift to the experimental axis, which a comparison with "
            "measured energies needs; use another model, or compare shifted predictions in Python (`match_spectra`)."
        )
    return SpectrumPredictor(predictor.model, device, experimental_axis=True)


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
