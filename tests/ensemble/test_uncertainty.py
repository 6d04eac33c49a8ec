"""Calibration of standard deviations."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import norm

from schnetpack_isd.ensemble import Uncertainty, interval_factors
from schnetpack_isd.ensemble.uncertainty import LEVELS, ONE_SIGMA


def test_factors_are_quantiles_for_a_finite_sample() -> None:
    """Ratios are 1 to 9 here; the factor of level p is the one of rank ceil(10 p), or the largest."""
    ratios = np.array([[4, -9, 1], [-2, 8, 3], [7, -5, 6]])
    found = Uncertainty.from_errors(0.5 * ratios, np.full((3, 3), 0.5), source="nine errors")
    assert found == Uncertainty({0.5: 5.0, ONE_SIGMA: 7.0, 0.9: 9.0, 0.95: 9.0}, None, "nine errors")


def test_thresholds_have_factors_of_their_own() -> None:
    ratios = np.arange(1.0, 20.0)
    found = Uncertainty.from_errors(ratios, np.ones(19), 0.1 * ratios, np.ones(19))
    assert found.spectrum == {0.5: 10.0, ONE_SIGMA: 14.0, 0.9: 18.0, 0.95: 19.0}
    assert found.ionization_energy == pytest.approx({level: 0.1 * factor for level, factor in found.spectrum.items()})


def test_intervals_hold_their_share_of_new_errors() -> None:
    """The scatter of the members is much too small here, and errors are not normal."""
    rng = np.random.default_rng(0)
    stds = rng.uniform(0.1, 2.0, (2, 20000))
    errors = 3 * stds * rng.standard_t(3, stds.shape)
    found = Uncertainty.from_errors(errors[0], stds[0])
    for level, factor in found.spectrum.items():
        assert np.mean(np.abs(errors[1]) <= factor * stds[1]) == pytest.approx(level, abs=0.015)


def test_exact_predictions_need_no_deviation() -> None:
    errors = np.array([0.0] * 6 + [1.0, 2.0, 3.0])
    assert Uncertainty.from_errors(errors, np.sign(errors)).spectrum == {0.5: 0.0, ONE_SIGMA: 1.0, 0.9: 3.0, 0.95: 3.0}


@pytest.mark.parametrize(("errors", "message"), [([], "no errors"), ([1.0, 2.0], "are they the same model?")])
def test_calibration_needs_errors_and_scatter(errors: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Uncertainty.from_errors(np.array(errors), np.zeros(len(errors)))


@pytest.mark.parametrize("thresholds", [None, {0.5: 0.1, ONE_SIGMA: 0.3}])
def test_json_keeps_the_calibration(thresholds: dict | None) -> None:
    known = Uncertainty({0.5: 0.7, ONE_SIGMA: 1 / 3}, thresholds, "3 sites")
    assert Uncertainty.from_dict(json.loads(json.dumps(known.to_dict()))) == known


def test_intervals_are_in_units_of_the_calibrated_deviation() -> None:
    assert interval_factors(Uncertainty({0.5: 1.0, ONE_SIGMA: 2.0, 0.9: 5.0})) == {0.5: 0.5, ONE_SIGMA: 1.0, 0.9: 2.5}
    for level, factor in interval_factors(None).items():
        assert norm.cdf(factor) - norm.cdf(-factor) == pytest.approx(level)
    assert tuple(interval_factors(None)) == LEVELS
