"""Errors between calculated and predicted spectra."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cosine as cosine_distance
from scipy.stats import wasserstein_distance
from support.evaluation import small_evaluation

from schnetpack_isd.evaluation import Evaluation

RNG = np.random.default_rng(0)
CALCULATED = RNG.uniform(0, 1, (2, 3, 20))
PREDICTED = RNG.uniform(-0.2, 1, (2, 3, 20))


@pytest.fixture
def known() -> Evaluation:
    return small_evaluation(CALCULATED, PREDICTED)


def test_squared_errors_are_means_over_the_energies(known: Evaluation) -> None:
    np.testing.assert_allclose(known.squared_errors(), ((PREDICTED - CALCULATED) ** 2).mean(axis=2))


def test_another_prediction_can_be_compared(known: Evaluation) -> None:
    constant = np.full(20, 0.5)
    np.testing.assert_allclose(known.squared_errors(constant), ((0.5 - CALCULATED) ** 2).mean(axis=2))


def test_cosine_similarities_are_those_of_scipy(known: Evaluation) -> None:
    found = known.cosine_similarities()
    for where in np.ndindex(2, 3):
        assert found[where] == pytest.approx(1 - cosine_distance(CALCULATED[where], PREDICTED[where]))


def test_wasserstein_distances_are_those_of_scipy(known: Evaluation) -> None:
    found = known.wasserstein_distances()
    for where in np.ndindex(2, 3):
        weights = (np.clip(spectra[where], 0, None) for spectra in (CALCULATED, PREDICTED))
        assert found[where] == pytest.approx(wasserstein_distance(known.energies, known.energies, *weights))


def test_a_spectrum_of_zeros_has_neither_similarity_nor_distance() -> None:
    zero = small_evaluation(np.zeros((1, 3, 4)), np.ones((1, 3, 4)))
    assert np.isnan(zero.cosine_similarities()).all()
    assert np.isnan(zero.wasserstein_distances()).all()


def test_dichroism_is_z_minus_the_mean_of_x_and_y(known: Evaluation) -> None:
    for found, spectra in zip(known.z_dichroism(), (CALCULATED, PREDICTED), strict=True):
        np.testing.assert_allclose(found, spectra[:, 2] - (spectra[:, 0] + spectra[:, 1]) / 2)


def test_dichroism_needs_the_axes(known: Evaluation) -> None:
    turned = replace(known, directions=known.directions[:, ::-1])
    assert not turned.along_axes()
    with pytest.raises(ValueError, match="along x, y and z"):
        turned.z_dichroism()
