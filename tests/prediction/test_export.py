"""Formats of predicted spectra."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from support.models import AXIS
from support.structures import random_molecule

from schnetpack_isd.directions import CARTESIAN
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.prediction import PredictionRequest, SpectrumStore, predict_file

pytestmark = pytest.mark.usefixtures("folder")


def predict(output: str, structures: str = "frames.extxyz", **arguments: object) -> None:
    predict_file(PredictionRequest(structures, **arguments), "best_model", output, progress=False)


def test_npz_and_hdf5_hold_the_same() -> None:
    for output in ("out.hdf5", "out.npz"):
        predict(output, "ethanol.xyz", directions=["z", (1, 1, 0)], isotropic=True, sites=True)
    with SpectrumStore("out.hdf5") as store, np.load("out.npz") as arrays:
        rows = list(store.rows())
        for name in ("structure", "atom", "direction", "quadrature_error", "spectrum"):
            np.testing.assert_array_equal(arrays[name], [getattr(row, name) for row in rows])
        assert arrays["label"].tolist() == [row.label for row in rows]
        assert arrays["formula"].tolist() == ["C2H6O"] * 9
        np.testing.assert_array_equal(arrays["energies"], store.energies)
        assert json.loads(str(arrays["attributes"])) == store.record.to_attributes()


def test_hdf5_has_units_and_plain_attributes() -> None:
    predict("out.hdf5", "ethanol.xyz", sites=True)
    with h5py.File("out.hdf5") as file:
        assert (file["energies"].attrs["units"], file["spectrum"].attrs["units"]) == ("eV", "arb. unit")
        assert (file.attrs["labels"], file.attrs["sites"]) == ("x; y; z; isotropic", "yes")
        assert file.attrs["level_of_theory"] == "not recorded"
        assert "shard" not in file.attrs


def test_csv_has_a_column_for_each_spectrum() -> None:
    predict("out.csv")
    lines = Path("out.csv").read_text().splitlines()
    comments = [line for line in lines if line.startswith("#")]
    assert "# energy_unit: eV" in comments
    column = r"# column 2: structure 0 \(frames\.extxyz@0\), \w+, molecule, along x, unit vector \(1\.0+ 0\.0+ 0\.0+\)"
    assert any(re.fullmatch(column, line) for line in comments)
    header, *body = csv.reader(line for line in lines if not line.startswith("#"))
    assert len(header) == len(set(header)) == 1 + 7 * 4
    assert header[0] == "energy_eV"
    numbers = np.array(body, dtype=float)
    np.testing.assert_allclose(numbers[:, 0], AXIS, atol=1e-4)
    calculator = SpectrumCalculator("best_model", CARTESIAN)
    frames = [random_molecule(seed, n_atoms=6) for seed in range(7)]
    expected = [calculator.get_property("molecular_spectrum", atoms) for atoms in frames]
    np.testing.assert_allclose(numbers[:, 1:].T.reshape(7, 4, -1)[:, :3], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("output", ["out.csv", "out.xdi"])
def test_the_error_of_the_quadrature_is_not_taken_for_that_of_the_model(output: str) -> None:
    predict(output, "ethanol.xyz", isotropic=True)
    text = Path(output).read_text()
    assert re.search(r"isotropic, quadrature error [\d.e-]+ \(not the model's error\)", text)
    assert "isotropic_average: quadrature" in text


@pytest.mark.parametrize("output", ["out.csv", "out.xdi", "out.npz"])
def test_isotropic_spectra_of_tensors_are_exact(output: str) -> None:
    predict_file(PredictionRequest("ethanol.xyz", isotropic=True), "tensor_model", output, progress=False)
    if output == "out.npz":
        with np.load(output) as arrays:
            assert arrays["quadrature_error"].tolist() == [0]
            assert json.loads(str(arrays["attributes"]))["isotropic_average"] == "exact"
        return
    text = Path(output).read_text()
    assert "molecule, isotropic, exact average over all directions" in text
    assert "isotropic_average: exact" in text
    assert "quadrature" not in text
