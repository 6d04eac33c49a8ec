"""Formats of predicted spectra."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from ase.io import read
from support.models import AXIS
from support.structures import random_molecule

from schnetpack_isd.directions import CARTESIAN
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.prediction import PredictionRequest, SpectrumStore, StructureSpectra, predict_file

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


def predict_ensemble(output: str, model: str = "tensors.safetensors") -> StructureSpectra:
    """Write the predictions for ethanol along z and averaged, and return them."""
    request = PredictionRequest("ethanol.xyz", ["z"], isotropic=True, sites=True)
    predict_file(request, model, output, progress=False)
    return next(SpectrumCalculator(model, ["z"]).predict(read("ethanol.xyz"), isotropic=True))


def expected_stds(spectra: StructureSpectra) -> np.ndarray:
    """Standard deviations of the rows: of the molecule, then of each site, along z and averaged."""
    molecular = [spectra.molecular_spectrum_std[0], spectra.isotropic_molecular_spectrum_std]
    sites = zip(spectra.spectrum_std[:, 0], spectra.isotropic_spectrum_std, strict=True)
    return np.stack([*molecular, *(std for pair in sites for std in pair)])


@pytest.mark.usefixtures("ensembles")
@pytest.mark.parametrize("model", ["spectra.safetensors", "tensors.safetensors"])
def test_hdf5_and_npz_have_the_standard_deviations_of_an_ensemble(model: str) -> None:
    for output in ("out.hdf5", "out.npz"):
        spectra = predict_ensemble(output, model)
    with SpectrumStore("out.hdf5") as store, np.load("out.npz") as arrays:
        rows = list(store.rows())
        np.testing.assert_allclose([row.spectrum_std for row in rows], expected_stds(spectra), rtol=1e-4, atol=1e-6)
        for name in ("spectrum_std", "ionization_energy_std", "extrapolation_score"):
            np.testing.assert_array_equal(arrays[name], [getattr(row, name) for row in rows])
        assert store.record.uncertainty == "one standard deviation of an ensemble of 3 models, not calibrated"
        assert json.loads(str(arrays["attributes"])) == store.record.to_attributes()
        if model == "tensors.safetensors":
            of_sites = np.array([(row.ionization_energy_std, row.extrapolation_score) for row in rows[2::2]])
            expected = np.stack([spectra.ionization_energy_std, spectra.extrapolation_score], axis=1)
            np.testing.assert_allclose(of_sites, expected, rtol=1e-4)
            assert np.isnan(rows[0].ionization_energy_std)
            assert rows[0].extrapolation_score == of_sites[:, 1].max()
        else:
            assert np.isnan(arrays["ionization_energy_std"]).all()
            assert np.isnan(arrays["extrapolation_score"]).all()
    with h5py.File("out.hdf5") as file:
        assert file["spectrum_std"].attrs["units"] == "arb. unit"


@pytest.mark.usefixtures("ensembles")
def test_csv_has_a_column_for_each_standard_deviation() -> None:
    spectra = predict_ensemble("out.csv")
    lines = Path("out.csv").read_text().splitlines()
    assert "# uncertainty: one standard deviation of an ensemble of 3 models, not calibrated" in lines
    assert "# column 3: standard deviation of column 2" in lines
    threshold, std = spectra.ionization_energy[1], spectra.ionization_energy_std[1]
    assert any(f"atom 1 (ionisation threshold {threshold:.2f} ± {std:.2f} eV)" in line for line in lines)
    header, *body = csv.reader(line for line in lines if not line.startswith("#"))
    assert header[1:3] == ["0_C2H6O_molecule_z", "0_C2H6O_molecule_z_std"]
    np.testing.assert_allclose(np.array(body, dtype=float)[:, 2::2].T, expected_stds(spectra), rtol=1e-4, atol=1e-6)


def test_a_single_model_has_no_standard_deviations() -> None:
    for output in ("out.hdf5", "out.npz", "out.csv"):
        predict(output, "ethanol.xyz", sites=True)
    with SpectrumStore("out.hdf5") as store, np.load("out.npz") as arrays:
        assert "spectrum_std" not in {*store.columns, *arrays.files}
        assert store.record.uncertainty is None
        assert next(store.rows()).spectrum_std is None
    text = Path("out.csv").read_text()
    assert "# uncertainty: not recorded" in text
    assert "_std" not in text
