"""Errors as text and as a table."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.evaluation import small_evaluation

from schnetpack_isd.evaluation import Evaluation, VarianceShares, report, write_table
from schnetpack_isd.evaluation.molecules import ISOTROPIC, MolecularErrors
from schnetpack_isd.evaluation.uncertainty import PredictedUncertainty


@pytest.fixture
def known() -> Evaluation:
    """Two sites with an error of 0.25 along x and 0.01 along y and z."""
    calculated = np.ones((2, 3, 5)) * np.array([1.0, 1.0, 2.0])[:, None]
    return small_evaluation(calculated, calculated + np.array([0.5, 0.1, 0.1])[:, None])


def test_the_report_compares_with_the_mean_spectrum(known: Evaluation) -> None:
    lines = report(known, baseline=np.full(5, 2.0)).splitlines()
    assert lines[0] == "2 molecules, 2 sites, 3 directions"
    [errors] = [line for line in lines if line.startswith("site spectra")]
    assert errors.split() == ["site", "spectra", "0.0900", "0.6667", "0.135"]


def test_the_report_begins_with_the_unexplained_variance_in_bands(known: Evaluation) -> None:
    """The variance is 2/9 at each energy, the squared error 0.09 on average."""
    sphere = VarianceShares(errors=np.array([[0.0] * 5, [1.0] * 5]), variance=np.array([1.0, 1.0, 1.0, 1.0, 0.0]))
    lines = report(replace(known, sphere=sphere), np.zeros(5), bands=[290, 293, 294]).splitlines()
    assert lines[1].split()[-3:] == ["all", "290-293", "293-294"]
    assert lines[2].split() == ["x,", "y,", "z", "40.50%", "40.50%", "40.50%"]
    assert lines[4].split() == ["all", "directions", "(sphere)", "62.50%", "50.00%", "100.00%"]
    assert lines[5].split() == ["median", "site", "62.50%", "50.00%", "100.00%"]
    assert lines[6].startswith("mean squared error")


def test_a_band_without_variance_has_no_share(known: Evaluation) -> None:
    constant = replace(known, calculated=np.ones((2, 3, 5)), directions=-known.directions)
    assert report(constant, np.zeros(5), bands=[290, 294]).splitlines()[2].split() == ["3", "directions", "-", "-"]


def test_the_report_has_percentiles_and_the_papers_mark(known: Evaluation) -> None:
    text = report(known, baseline=np.zeros(5))
    assert "percentiles over spectra: 5th 0.0100, 50th 0.0100, 95th 0.2500, largest 0.2500" in text
    assert "spectra with a mean squared error below 0.1: 66.7%" in text


def test_dichroism_is_reported_for_the_axes_only(known: Evaluation) -> None:
    assert "linear dichroism, z - (x + y)/2" in report(known, baseline=np.zeros(5))
    assert "linear dichroism" not in report(replace(known, directions=-known.directions), baseline=np.zeros(5))


def test_the_table_has_a_row_for_each_model_site_and_direction(known: Evaluation, tmp_path: Path) -> None:
    write_table({"one": known, "other": known}, tmp_path / "errors.csv")
    with (tmp_path / "errors.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in rows] == ["one"] * 6 + ["other"] * 6
    assert [(row["id"], row["site"], row["direction"]) for row in rows[:4]] == [
        ("7", "0", "x"), ("7", "0", "y"), ("7", "0", "z"), ("8", "1", "x")
    ]  # fmt: skip
    np.testing.assert_allclose([float(row["mse"]) for row in rows[:6]], known.squared_errors().ravel(), rtol=1e-5)


def test_the_table_labels_other_directions(known: Evaluation, tmp_path: Path) -> None:
    directions = np.broadcast_to([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.0, 0.0]], (2, 3, 3))
    write_table({"one": replace(known, directions=directions)}, tmp_path / "errors.csv")
    with (tmp_path / "errors.csv").open() as file:
        labels = [row["direction"] for row in csv.DictReader(file)]
    assert labels[:3] == ["xyz(1 1 0)", "z", "xyz(0.5 0 0)"]


def test_the_report_has_the_coverage_of_an_ensemble(known: Evaluation) -> None:
    """Errors are 0.5 along x, and 0.1 along y and z."""
    assert "intervals" not in report(known, np.zeros(5))
    predicted = known.predicted + np.array([1.0, 0.0])[:, None, None]
    stds = np.full((2, 3, 5), 0.3) * np.array([2.0, 1.0])[:, None, None]
    molecules = {ISOTROPIC: MolecularErrors(np.array([0.1, 0.4]).reshape(2, 1, 1), np.full((2, 1, 1), 0.2))}
    uncertainty = PredictedUncertainty(stds, {0.5: 1.0, 0.9: 3.0}, None, np.array([2.0, 0.5]), molecules)
    text = report(replace(known, predicted=predicted, uncertainty=uncertainty), np.zeros(5))
    assert "errors inside the intervals of the ensemble: 33.3% of 50%, 100.0% of 90%" in text
    assert "  of the isotropic spectra of 2 whole molecules: 50.0% of 50%, 100.0% of 90%" in text
    assert "rank correlation of the standard deviations and errors of sites: 1.000" in text
    assert "molecules marked as unlike the training data: 1 of 2" in text
