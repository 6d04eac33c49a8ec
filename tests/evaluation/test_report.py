"""Errors as text and as a table."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.evaluation import small_evaluation

from schnetpack_isd.evaluation import Evaluation, report, write_table


@pytest.fixture
def known() -> Evaluation:
    """Two sites with an error of 0.25 along x and 0.01 along y and z."""
    calculated = np.ones((2, 3, 5)) * np.array([1.0, 1.0, 2.0])[:, None]
    return small_evaluation(calculated, calculated + np.array([0.5, 0.1, 0.1])[:, None])


def test_the_report_compares_with_the_mean_spectrum(known: Evaluation) -> None:
    lines = report(known, baseline=np.full(5, 2.0)).splitlines()
    assert lines[0] == "2 molecules, 2 sites, 3 directions"
    assert lines[2].split() == ["site", "spectra", "0.0900", "0.6667", "0.135"]


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
