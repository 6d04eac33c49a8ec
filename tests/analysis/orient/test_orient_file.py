"""The command `spkisd orient`, from files to files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from ase.io import read

from schnetpack_isd.cli import main
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.spectra import film_components, film_spectrum, normal_matrix

ANGLES = (20, 55, 90)


@pytest.fixture
def _measured(folder: Path) -> None:
    """Spectra of benzene whose plane normals have the order parameter 0.4, from the model itself."""
    predictor = SpectrumPredictor(experimental_axis=True)
    [spectra] = predictor.predict(read(folder / "benzene.xyz"), ["z"])
    assert spectra.molecular_tensor is not None
    films = film_spectrum(*film_components(spectra.molecular_tensor, normal_matrix([0, 0, 1], 0.4)), ANGLES, 0.9)
    for angle, film in zip(ANGLES, films, strict=True):
        np.savetxt(folder / f"{angle}.dat", np.column_stack([spectra.energies, film])[:-20:2])


def arguments(*more: str) -> list[str]:
    words = ["orient", "benzene.xyz", "--polarisation", "0.9"]
    for angle in ANGLES:
        words += ["--measured", str(angle), f"{angle}.dat"]
    return [*words, *more]


@pytest.mark.usefixtures("_measured")
def test_files_have_the_order_parameter(capsys: pytest.CaptureFixture) -> None:
    assert main(arguments("--plane", "all", "-o", "result.json", "--plot", "fit.png")) == 0
    result = json.loads(Path("result.json").read_text(encoding="utf-8"))
    assert result["order_parameter"]["value"] == pytest.approx(0.4, abs=0.02)
    assert np.abs(result["axis"]) == pytest.approx([0, 0, 1], abs=1e-6)
    assert result["prediction"]["model"] == "ck_edge"
    assert Path("fit.png").stat().st_size > 10_000
    printed = capsys.readouterr().out
    assert "order parameter" in printed
    assert "polarisation     0.900 (given)" in printed
    assert main([word for word in arguments("--plane", "all") if word not in ("--polarisation", "0.9")]) == 0
    assert "polarisation     1.000 (assumed)" in capsys.readouterr().out
    assert printed.splitlines()[-2:] == ["result.json", "fit.png"]


@pytest.mark.usefixtures("_measured")
def test_a_table_has_measured_and_fitted_spectra() -> None:
    assert main(arguments("--axis", "0", "0", "1", "-o", "result.csv", "--range", "283", "296")) == 0
    lines = [line for line in Path("result.csv").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(lines))
    assert {row["angle_deg"] for row in rows} == set(map(str, ANGLES))
    assert min(float(row["energy_eV"]) for row in rows) >= 283
    misfit = [float(row["measured"]) - float(row["fitted"]) for row in rows]
    assert np.abs(misfit).max() < 0.02 * max(float(row["measured"]) for row in rows)


@pytest.mark.usefixtures("_measured")
def test_without_an_axis_there_are_second_moments() -> None:
    assert main(arguments("-o", "result.json", "--plot", "fit.png")) == 0
    result = json.loads(Path("result.json").read_text(encoding="utf-8"))
    assert np.trace(result["second_moments"]) == pytest.approx(1.0)
    assert len(result["eigenvalues"]) == 3


@pytest.mark.usefixtures("_measured")
@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["-o", "result.doc"], "must end in one of .json, .csv"),
        (["-o", "20.dat"], "20.dat is an input of this command"),
        (["--plane", "0", "1", "99"], "There is no atom 99"),
        (["--model", "no_tensors", "--energy-shift", "0"], "but no tensors (the orientation needs them)"),
    ],
)
def test_mistakes_are_found_before_the_fit(more: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    assert main(arguments(*more)) == 1
    assert message in capsys.readouterr().err
