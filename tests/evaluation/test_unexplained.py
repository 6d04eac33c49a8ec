"""The share of the variance that a model leaves unexplained."""

from __future__ import annotations

import numpy as np
import pytest
from support.evaluation import small_evaluation

from schnetpack_isd.evaluation import VarianceShares

RNG = np.random.default_rng(0)
CALCULATED = RNG.uniform(0, 1, (4, 3, 20))
PREDICTED = CALCULATED + RNG.normal(0, 0.2, (4, 3, 20))


def shares(calculated: np.ndarray, predicted: np.ndarray) -> VarianceShares:
    return small_evaluation(calculated, predicted).variance_shares()


def gaussians(energies: np.ndarray, seed: int) -> np.ndarray:
    """Spectra (4, 3, n_energies) that vanish at the ends of the axis from 0 to 1."""
    centres = np.random.default_rng(seed).uniform(0.4, 0.6, (4, 3, 1))
    return np.exp(-(((energies - centres) / 0.05) ** 2) / 2)


def test_a_perfect_prediction_leaves_nothing_unexplained() -> None:
    assert shares(CALCULATED, CALCULATED).share() == 0.0


def test_the_mean_spectrum_leaves_everything_unexplained() -> None:
    mean = np.broadcast_to(CALCULATED.mean(axis=(0, 1)), CALCULATED.shape)
    assert shares(CALCULATED, mean).share() == pytest.approx(1.0)


def test_the_share_does_not_depend_on_the_scale() -> None:
    expected = shares(CALCULATED, PREDICTED).share()
    assert shares(1e-6 * CALCULATED, 1e-6 * PREDICTED).share() == pytest.approx(expected)


def test_the_share_does_not_depend_on_the_points_of_the_axis() -> None:
    coarse, fine = (
        shares(gaussians(energies, 0), gaussians(energies, 1)).share()
        for energies in (np.linspace(0, 1, 100), np.linspace(0, 1, 350))
    )
    assert coarse == pytest.approx(fine, rel=1e-6)


def test_bands_weighted_by_their_variances_add_up() -> None:
    found = shares(CALCULATED, PREDICTED)
    bands = [slice(0, 7), slice(7, 12), slice(12, 20)]
    weights = [found.variance[band].sum() for band in bands]
    assert np.average([found.share(band) for band in bands], weights=weights) == pytest.approx(found.share())


def test_the_share_of_a_site_is_its_error_over_the_variance_of_all_sites() -> None:
    error = np.sum((PREDICTED[1] - CALCULATED[1]) ** 2) / 3
    variance = np.sum((CALCULATED - CALCULATED.mean(axis=(0, 1))) ** 2) / 12
    found = shares(CALCULATED, PREDICTED)
    assert found.by_site()[1] == pytest.approx(error / variance)
    assert found.by_site().mean() == pytest.approx(found.share())


def test_without_variance_there_is_no_share() -> None:
    assert np.isnan(shares(np.full((2, 3, 4), 0.1), np.ones((2, 3, 4))).share())
