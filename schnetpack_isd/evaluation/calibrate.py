"""Calibration of ensembles on molecules that were not in their training part."""

from __future__ import annotations

import os
from collections.abc import Sequence

import schnetpack.properties as structure
import torch
from schnetpack.atomistic import PairwiseDistances
from schnetpack.data import AtomsLoader
from schnetpack.transform import CastTo32
from torch import Tensor

from schnetpack_isd.data import RowReader, open_database
from schnetpack_isd.ensemble import NeighborhoodScore, SpectrumEnsemble, Uncertainty
from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.transform import MoleculeNeighborList
from schnetpack_isd.utils.progress import show_progress

from .evaluate import evaluate, warn_of_training_molecules

__all__ = ["calibrate"]


def calibrate(
    ensemble: SpectrumEnsemble,
    datapath: str | os.PathLike[str],
    training: Sequence[int],
    validation: Sequence[int],
    *,
    device: str | torch.device = "cpu",
    progress: bool = True,
) -> None:
    """Set the standard deviation and the score of extrapolation of an ensemble.

    Args:
        ensemble: the ensemble, which is changed.
        datapath: converted database.
        training: rows of the training part of its members, from 0; their neighbourhoods are the known ones.
        validation: rows of other molecules, on which errors are compared with the scatter of the members.
        device: device to run on.
        progress: show progress bars.

    Raises:
        ValueError: the database or the model cannot be read, they do not fit, or there are no rows.

    Warns:
        UserWarning: members were trained on molecules of the validation rows.
    """
    model = load_spectrum_model(SpectrumEnsemble(list(ensemble.members)), device)  # without a former calibration
    elements = model.head.elements
    if elements is None:
        raise ValueError(f"{model.name} does not know the elements of its training data.")
    if len(training) == 0:
        raise ValueError(f"There are no training rows of {datapath}, whose neighbourhoods are the known ones.")
    warn_of_training_molecules(model, datapath, validation)
    found = evaluate(model, datapath, validation, device=device, progress=progress)
    assert found.uncertainty is not None
    threshold_errors = None
    if found.ionization_energy is not None and found.predicted_ionization_energy is not None:
        threshold_errors = found.predicted_ionization_energy - found.ionization_energy
    uncertainty = Uncertainty.from_errors(
        found.predicted - found.calculated,
        found.uncertainty.spectrum_std,
        threshold_errors,
        found.uncertainty.ionization_energy_std,
        source=f"{len(found.molecule_id)} sites of {len(validation)} structures",
    )
    score = NeighborhoodScore(elements, model.cutoff).to(device)
    known, _ = _features(score, model.head.absorbing_element, datapath, training, progress)
    others, molecules = _features(score, model.head.absorbing_element, datapath, validation, progress)
    score.fit(known, others, molecules)
    ensemble.uncertainty, ensemble.neighborhood = uncertainty, score


def _features(
    score: NeighborhoodScore, element: str, datapath: str | os.PathLike[str], rows: Sequence[int], progress: bool
) -> tuple[Tensor, Tensor]:
    """Return the features of all absorbing atoms in rows of a database, and the row of each."""
    subset = open_database(datapath).subset([int(row) for row in rows])
    subset.transforms = [MoleculeNeighborList(cutoff=score.cutoff), CastTo32()]
    distances = PairwiseDistances()
    number = score.numbers[score.elements.index(element)]
    features, molecules = [], []
    batches = show_progress(AtomsLoader(RowReader(subset), 32), "neighbourhoods", progress, unit="batches")
    for batch in batches:
        inputs = distances({key: values.to(score.mean.device) for key, values in batch.items()})
        sites = torch.nonzero(inputs[structure.Z] == number).squeeze(-1)
        features.append(score.features(inputs, sites))
        molecules.append(inputs[structure.idx][inputs[structure.idx_m][sites]])
    return torch.cat(features), torch.cat(molecules)
