"""Predictions for the spectra of a database."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData
from schnetpack.model import NeuralNetworkPotential
from support.models import N_FEATURES

from schnetpack_isd.atomistic import spectrum_head
from schnetpack_isd.evaluation import (
    evaluate,
    evaluate_rotated,
    mean_spectrum,
)
from schnetpack_isd.transform import RandomDirections

ROWS = [3, 600, 41]


def test_spectra_are_those_of_the_rows_asked_for(model: NeuralNetworkPotential, sample_db: str) -> None:
    evaluation = evaluate(model, sample_db, ROWS, batch_size=2, progress=False)
    rows = [ASEAtomsData(sample_db)[row] for row in ROWS]
    n_sites = [len(row["spectrum"]) for row in rows]
    assert evaluation.molecule_id.tolist() == [
        int(r["molecule_id"]) for r, n in zip(rows, n_sites, strict=True) for _ in range(n)
    ]
    assert evaluation.site_atom.tolist() == [atom for row in rows for atom in np.flatnonzero(row["site_mask"])]
    np.testing.assert_array_equal(evaluation.calculated, torch.cat([row["spectrum"] for row in rows]))
    assert evaluation.predicted.shape == evaluation.calculated.shape
    assert evaluation.along_axes()


def test_the_mean_spectrum_is_that_of_all_sites_and_directions(sample_db: str) -> None:
    spectra = torch.cat([ASEAtomsData(sample_db)[row]["spectrum"] for row in ROWS])
    np.testing.assert_allclose(mean_spectrum(sample_db, ROWS), spectra.mean(dim=(0, 1)), rtol=1e-5)


def test_transforms_choose_other_directions(model: NeuralNetworkPotential, sample_db: str) -> None:
    evaluation = evaluate(model, sample_db, ROWS, [RandomDirections(5)], progress=False)
    assert evaluation.calculated.shape[1] == evaluation.predicted.shape[1] == 5
    assert not evaluation.along_axes()


def test_a_model_of_another_axis_or_without_spectrum_is_refused(make_model: Callable, sample_db: str) -> None:
    head = {"n_out": 256, "energies": np.linspace(288.0, 310.0, 256), "intensity_scale": 1.0}
    with pytest.raises(ValueError, match=r"sample.db is on the energy axis 290.00 .* the model on 288.00"):
        evaluate(make_model(head=head), sample_db, ROWS, progress=False)
    with pytest.raises(ValueError, match="predicts no spectrum"):
        spectrum_head(torch.nn.Linear(N_FEATURES, 1))


def test_a_turned_direction_gives_the_exact_law(model: NeuralNetworkPotential, sample_db: str) -> None:
    """Intensities along a direction that is turned are A + B cos 2 phi + C sin 2 phi."""
    angles = np.radians(np.linspace(0, 180, 19))
    law = np.stack([np.ones(19), np.cos(2 * angles), np.sin(2 * angles)], axis=1)
    for evaluation in evaluate_rotated(model, sample_db, ROWS[0], n_angles=19).values():
        assert evaluation.molecule_id.tolist() == [evaluation.molecule_id[0]] * len(evaluation.calculated)
        exact = evaluation.calculated.sum(axis=0)
        found, *_ = np.linalg.lstsq(law, exact, rcond=None)
        np.testing.assert_allclose(law @ found, exact, atol=1e-4)


def test_another_level_of_theory_is_said(model: NeuralNetworkPotential, sample_db: str) -> None:
    model.output_modules[0].level_of_theory = "another"
    with pytest.warns(UserWarning, match=r"sample\.db has another level of theory \(.*\) than the training data"):
        evaluate(model, sample_db, ROWS[:1], progress=False)
