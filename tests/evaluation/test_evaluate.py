"""Predictions for the spectra of a database."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData
from schnetpack.model import NeuralNetworkPotential
from support.evaluation import ROWS

from schnetpack_isd.atomistic import spectrum_head
from schnetpack_isd.evaluation import Evaluation, evaluate, evaluate_rotated, evaluate_sphere, mean_spectrum
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.spectra import sphere_quadrature
from schnetpack_isd.transform import FixedDirections, RandomDirections


def test_sites_are_those_of_the_rows_in_their_order(evaluation: Evaluation, sample_db: str) -> None:
    rows = [ASEAtomsData(sample_db)[row] for row in ROWS]
    n_sites = [len(row["spectrum"]) for row in rows]
    assert evaluation.molecule_id.tolist() == np.repeat([int(row["molecule_id"]) for row in rows], n_sites).tolist()
    assert evaluation.site_atom.tolist() == [atom for row in rows for atom in np.flatnonzero(row["site_mask"])]


def test_calculated_spectra_are_those_of_the_database(evaluation: Evaluation, sample_db: str) -> None:
    expected = torch.cat([ASEAtomsData(sample_db)[row]["spectrum"] for row in ROWS])
    np.testing.assert_array_equal(evaluation.calculated, expected)
    assert evaluation.along_axes()


def test_predictions_do_not_depend_on_the_batches(
    evaluation: Evaluation, model: NeuralNetworkPotential, sample_db: str
) -> None:
    alone = evaluate(model, sample_db, ROWS, batch_size=1, progress=False)
    np.testing.assert_allclose(alone.predicted, evaluation.predicted, rtol=1e-5, atol=1e-6)


def test_without_rows_all_molecules_are_evaluated(
    model: NeuralNetworkPotential, sample_db: str, evaluation: Evaluation
) -> None:
    everything = evaluate(model, sample_db, batch_size=256, progress=False)
    assert len(np.unique(everything.molecule_id)) == len(ASEAtomsData(sample_db))
    assert set(evaluation.molecule_id) < set(everything.molecule_id)


def test_there_must_be_rows(model: NeuralNetworkPotential, sample_db: str) -> None:
    with pytest.raises(ValueError, match=r"no rows of .*sample\.db to evaluate"):
        evaluate(model, sample_db, [])


def test_transforms_choose_other_directions(model: NeuralNetworkPotential, sample_db: str) -> None:
    evaluation = evaluate(model, sample_db, ROWS, [RandomDirections(5)], progress=False)
    assert evaluation.calculated.shape[1] == evaluation.predicted.shape[1] == 5
    assert not evaluation.along_axes()


def test_a_model_on_another_axis_is_refused(make_model: Callable, sample_db: str) -> None:
    model = make_model(head={"n_out": None, "energies": np.linspace(288.0, 310.0, 256), "intensity_scale": 1.0})
    with pytest.raises(ValueError, match=r"sample.db is on the energy axis 289.00 .* the model in memory on 288.00"):
        evaluate(model, sample_db, ROWS, progress=False)


def test_a_model_of_another_scale_is_compared_on_that_of_the_database(
    evaluation: Evaluation, model: NeuralNetworkPotential, sample_db: str
) -> None:
    head = model.output_modules[0]
    head.intensity_scale *= 4.0
    for parameter in head.outnet[-1].parameters():
        parameter.data /= 4.0
    np.testing.assert_allclose(
        evaluate(model, sample_db, ROWS, progress=False).predicted, evaluation.predicted, rtol=1e-4, atol=1e-5
    )


def test_another_level_of_theory_gives_a_warning(model: NeuralNetworkPotential, sample_db: str) -> None:
    model.output_modules[0].level_of_theory = "another"
    with pytest.warns(UserWarning, match=r"sample\.db has another level of theory \(.*\) than the training data"):
        evaluate(model, sample_db, ROWS[:1], progress=False)


def test_spectra_of_tensors_along_a_rotated_direction_follow_the_cosine_law(
    tensor_model: NeuralNetworkPotential, sample_db: str
) -> None:
    """Intensities are A + B cos 2 phi + C sin 2 phi."""
    angles = np.linspace(0, 180, 19)
    phase = np.radians(2 * angles)
    law = np.stack([np.ones(19), np.cos(phase), np.sin(phase)], axis=1)
    rotated = evaluate_rotated(tensor_model, sample_db, ROWS[0], angles)
    assert list(rotated) == ["x", "y", "z"]
    for evaluation in rotated.values():
        for spectra in (evaluation.calculated, evaluation.predicted):
            exact = spectra.sum(axis=0)
            found, *_ = np.linalg.lstsq(law, exact, rcond=None)
            np.testing.assert_allclose(law @ found, exact, atol=1e-4)


@pytest.mark.parametrize(("kind", "tolerance"), [("model", 1e-3), ("tensor_model", 1e-5)])
def test_averages_over_the_sphere_are_those_over_the_directions_of_a_fine_quadrature(
    request: pytest.FixtureRequest, sample_db: str, kind: str, tolerance: float
) -> None:
    model = request.getfixturevalue(kind)
    spectrum_head(model).intensity_scale *= 2.0  # another scale than the database's
    directions, weights = sphere_quadrature(17)
    spectra = evaluate(model, sample_db, ROWS, [FixedDirections(directions)], progress=False)
    errors = np.einsum("sde,d->se", (spectra.predicted - spectra.calculated) ** 2, weights)
    mean = np.einsum("sde,d->e", spectra.calculated, weights) / len(errors)
    variance = np.einsum("sde,d->e", (spectra.calculated - mean) ** 2, weights) / len(errors)
    sphere = evaluate_sphere(model, sample_db, ROWS, batch_size=5, progress=False)
    np.testing.assert_allclose(sphere.variance, variance, rtol=1e-3, atol=1e-6)
    assert sphere.share() == pytest.approx(errors.sum(axis=1).mean() / variance.sum(), rel=tolerance)


def test_a_model_of_tensors_is_evaluated_over_the_sphere_in_the_same_pass(
    tensor_model: NeuralNetworkPotential, sample_db: str
) -> None:
    sphere = evaluate(tensor_model, sample_db, ROWS, progress=False).sphere
    alone = evaluate_sphere(tensor_model, sample_db, ROWS, progress=False)
    assert sphere is not None
    np.testing.assert_array_equal(sphere.errors, alone.errors)
    np.testing.assert_array_equal(sphere.variance, alone.variance)
    assert evaluate(tensor_model, sample_db, ROWS, [RandomDirections(2)], progress=False).sphere is None


def test_averages_over_the_sphere_need_tensors(
    make_model: Callable[..., NeuralNetworkPotential], without_tensors: str
) -> None:
    metadata = DatabaseMetadata.read(ASEAtomsData(without_tensors))
    head = {"n_out": None, "energies": metadata.settings.energies, "intensity_scale": metadata.intensity_scale}
    with pytest.raises(ValueError, match=r"plain\.db has no tensors, which averages over all directions need"):
        evaluate_sphere(make_model(head=head).float(), without_tensors, ROWS, progress=False)


def test_the_mean_spectrum_is_over_all_sites_and_directions(sample_db: str) -> None:
    spectra = torch.cat([ASEAtomsData(sample_db)[row]["spectrum"] for row in ROWS])
    np.testing.assert_allclose(mean_spectrum(sample_db, ROWS), spectra.mean(dim=(0, 1)), rtol=1e-5)


def test_a_mean_spectrum_needs_rows(sample_db: str) -> None:
    with pytest.raises(ValueError, match="row"):
        mean_spectrum(sample_db, [])
