"""Errors between calculated and predicted spectra."""

from __future__ import annotations

import numpy as np
import pytest
from schnetpack.model import NeuralNetworkPotential
from scipy.spatial.distance import cosine as cosine_distance
from scipy.stats import wasserstein_distance

from schnetpack_isd.evaluation import (
    evaluate,
)

ROWS = [3, 600, 41]


def test_errors_are_means_over_the_energies(model: NeuralNetworkPotential, sample_db: str) -> None:
    evaluation = evaluate(model, sample_db, ROWS, progress=False)
    expected = ((evaluation.predicted - evaluation.calculated) ** 2).mean(axis=2)
    np.testing.assert_allclose(evaluation.squared_errors(), expected, rtol=1e-6)
    constant = np.full(256, 0.5)
    np.testing.assert_allclose(
        evaluation.squared_errors(constant), ((0.5 - evaluation.calculated) ** 2).mean(axis=2), rtol=1e-6
    )


def test_similarity_and_distance_are_those_of_scipy(model: NeuralNetworkPotential, sample_db: str) -> None:
    evaluation = evaluate(model, sample_db, ROWS, progress=False)
    cosine, distance = evaluation.cosine_similarities(), evaluation.wasserstein_distances()
    assert cosine.shape == distance.shape == evaluation.calculated.shape[:2]
    for site, number in ((0, 0), (2, 1)):
        one, other = evaluation.calculated[site, number], evaluation.predicted[site, number]
        assert cosine[site, number] == pytest.approx(1 - cosine_distance(one, other), abs=1e-5)
        weights = (np.clip(spectrum, 0, None) for spectrum in (one, other))
        expected = wasserstein_distance(evaluation.energies, evaluation.energies, *weights)
        assert distance[site, number] == pytest.approx(expected, rel=1e-3)
