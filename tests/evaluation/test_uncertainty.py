"""Standard deviations beside errors."""

from __future__ import annotations

import numpy as np
import pytest
from schnetpack.model import NeuralNetworkPotential
from support.evaluation import ROWS

from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.evaluation import evaluate
from schnetpack_isd.evaluation.uncertainty import PredictedUncertainty, rank_correlation, retained_errors, site_errors


def test_coverage_is_the_share_of_errors_inside() -> None:
    stds = np.full((2, 1, 2), 0.5)
    found = PredictedUncertainty(stds, {0.5: 1.0, 0.9: 2.0, 0.95: 4.0})
    errors = np.array([[[0.4, -0.6]], [[-0.9, 1.5]]])
    assert found.coverage(errors) == {0.5: 0.25, 0.9: 0.75, 0.95: 1.0}


def test_sites_have_root_mean_squares() -> None:
    values = np.array([[[3.0, 4.0], [0.0, 5.0]], [[1.0, -1.0], [1.0, -1.0]]])
    expected = [np.sqrt(12.5), 1.0]
    np.testing.assert_allclose(site_errors(values), expected)
    np.testing.assert_allclose(PredictedUncertainty(values, {}).site_stds(), expected)


def test_the_most_uncertain_sites_are_left_out_first() -> None:
    errors, stds = np.array([3.0, 1.0, 2.0]), np.array([0.1, 0.2, 0.3])
    shares, by_std, by_error = retained_errors(stds, errors)
    np.testing.assert_allclose(shares, [1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(by_std**2, [9, 10 / 2, 14 / 3])
    np.testing.assert_allclose(by_error**2, [1, 5 / 2, 14 / 3])
    assert rank_correlation(stds, errors) == pytest.approx(-0.5)


def test_only_ensembles_have_deviations_in_evaluations(ensemble: SpectrumEnsemble, sample_db: str) -> None:
    assert evaluate(ensemble.members[0], sample_db, ROWS, progress=False).uncertainty is None
    found = evaluate(ensemble, sample_db, ROWS, progress=False)
    members = [evaluate(member, sample_db, ROWS, progress=False).predicted for member in ensemble.members]
    np.testing.assert_allclose(found.predicted, np.mean(members, axis=0), rtol=1e-4, atol=1e-5)
    expected = np.std(members, axis=0, ddof=1)
    np.testing.assert_allclose(found.uncertainty.spectrum_std, expected, rtol=0, atol=1e-4 * expected.max())


def test_deviations_are_on_the_scale_of_the_database(ensemble: SpectrumEnsemble, sample_db: str) -> None:
    one = evaluate(ensemble, sample_db, ROWS, progress=False)
    for member in ensemble.members:
        member.output_modules[0].intensity_scale *= 3.0
    other = evaluate(ensemble, sample_db, ROWS, progress=False)
    np.testing.assert_allclose(other.predicted, 3 * one.predicted, rtol=1e-5)
    np.testing.assert_allclose(other.uncertainty.spectrum_std, 3 * one.uncertainty.spectrum_std, rtol=1e-5)


def test_deviations_of_thresholds_are_evaluated(tensor_ensemble: SpectrumEnsemble, sample_db: str) -> None:
    def thresholds(model: NeuralNetworkPotential | SpectrumEnsemble) -> np.ndarray:
        return evaluate(model, sample_db, ROWS, progress=False).predicted_ionization_energy

    members = [thresholds(member) for member in tensor_ensemble.members]
    np.testing.assert_allclose(thresholds(tensor_ensemble), np.mean(members, axis=0), rtol=1e-6)
    found = evaluate(tensor_ensemble, sample_db, ROWS, progress=False).uncertainty
    np.testing.assert_allclose(found.ionization_energy_std, np.std(members, axis=0, ddof=1), rtol=1e-3)
