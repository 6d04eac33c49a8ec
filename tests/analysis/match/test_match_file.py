"""The command `spkisd match`."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from ase.io import write

from schnetpack_isd.analysis.match import Bounds, MatchRequest
from schnetpack_isd.analysis.match.match_file import match_file
from schnetpack_isd.cli import main
from schnetpack_isd.models import SpectrumModel, load_spectrum_model
from schnetpack_isd.prediction import PredictionRequest, SpectrumPredictor


@pytest.fixture(scope="module")
def model() -> SpectrumModel:
    """The bundled model."""
    return load_spectrum_model()


@pytest.fixture(autouse=True)
def _files() -> None:
    write("ether.xyz", molecule("CH3OCH3"))
    write("alcohol.xyz", molecule("CH3CH2OH"))
    write("water.xyz", molecule("H2O"))
    turned = molecule("CH3OCH3")
    turned.rotate(40, "x")
    write("turned.xyz", turned)
    energies = np.linspace(282.0, 304.0, 221)
    np.savetxt("flat.dat", np.column_stack([energies, np.ones_like(energies)]))
    np.savetxt("nitrogen.dat", np.column_stack([energies + 120.0, energies]))


def on_experimental_axis(*files: str) -> PredictionRequest:
    return PredictionRequest(files, isotropic=True, experimental_axis=True)


def test_a_fit_at_a_limit_is_marked(model: SpectrumModel, capsys: pytest.CaptureFixture[str]) -> None:
    predictor = SpectrumPredictor(model, experimental_axis=True)
    [spectra] = predictor.predict([molecule("CH3OCH3")], [], isotropic=True)
    np.savetxt("m.dat", np.column_stack([spectra.energies + 0.2, spectra.isotropic_molecular_spectrum]))
    options = ["match", "ether.xyz", "alcohol.xyz", "--measured", "m.dat", "--output", "out.csv", "--shift"]
    for limits, marked in ((["-0.1", "0.1"], True), (["-0.1", "0.4"], False), (["0.2", "0.2"], False)):
        main([*options, *limits, "--force"])
        output = capsys.readouterr().out
        [line] = [line for line in output.splitlines() if line.endswith(("ether.xyz", "ether.xyz  *"))]
        assert line.endswith("*") == marked
        assert ("* Shift or broadening is at a limit" in output) == any(
            row.endswith("  *") for row in output.splitlines()
        )
        rows = csv.DictReader(line for line in Path("out.csv").read_text().splitlines() if not line.startswith("#"))
        assert [row["at_limit"] for row in rows if row["candidate"] == "ether.xyz"] == [str(marked)]


def test_energies_that_are_off_by_more_than_the_limits_are_noticed(model: SpectrumModel) -> None:
    predictor = SpectrumPredictor(model, experimental_axis=True)
    [spectra] = predictor.predict([molecule("CH3CHO")], [], isotropic=True)
    write("acetaldehyde.xyz", molecule("CH3CHO"))
    noise = 0.02 * np.random.default_rng(0).standard_normal(len(spectra.energies))
    spectrum = spectra.isotropic_molecular_spectrum + noise * spectra.isotropic_molecular_spectrum.max()
    write("acetone.xyz", molecule("CH3COCH3"))
    candidates = on_experimental_axis("acetaldehyde.xyz", "acetone.xyz")
    for shift, message in (
        (0.7, r"The best fit, acetaldehyde\.xyz, is at a limit of shift or broadening"),
        (0.9, r"With a shift of \+0\.90 eV, beyond .*-0\.6 to 0\.6 eV, acetaldehyde\.xyz would be the answer"),
    ):
        np.savetxt("m.dat", np.column_stack([spectra.energies + shift, spectrum]))
        with pytest.warns(UserWarning, match=message):
            match_file(MatchRequest(candidates, "m.dat"), model, "o.json", overwrite=True)
        assert len(json.loads(Path("o.json").read_text())["warnings"]) == 1


def test_limits_that_cannot_be_widened_leave_the_ranking(model: SpectrumModel) -> None:
    [spectra] = SpectrumPredictor(model, experimental_axis=True).predict([molecule("CH3CHO")], [], isotropic=True)
    write("acetaldehyde.xyz", molecule("CH3CHO"))
    np.savetxt("m.dat", np.column_stack([spectra.energies, spectra.isotropic_molecular_spectrum]))
    candidates, bounds = on_experimental_axis("acetaldehyde.xyz", "ether.xyz"), Bounds((-8.0, 8.0), (0.0, 0.1))
    match = match_file(MatchRequest(candidates, "m.dat", bounds=bounds, energy_range=(292.0, 297.0)), model)
    assert match.names[0] == "acetaldehyde.xyz"
    assert any(fit.at_limit for fit in match.fits)


@pytest.mark.parametrize(
    ("shift", "broadening", "expected"),
    [(0.6, 0.1, True), (-0.6, 0.1, True), (0.1, 0.6, True), (0.1, 0.0, False), (0.1, 0.3, False)],
)
def test_a_parameter_reaches_its_limits(shift: float, broadening: float, expected: bool) -> None:
    assert Bounds().reached(shift, broadening) == expected
    assert Bounds(broadening=(0.1, 0.6)).reached(0.0, 0.1)
    assert not Bounds((0.2, 0.2), (0.1, 0.1)).reached(0.2, 0.1)


def test_the_isomer_that_was_measured_is_found(model: SpectrumModel) -> None:
    predictor = SpectrumPredictor(model, experimental_axis=True)
    [spectra] = predictor.predict([molecule("CH3OCH3")], [], isotropic=True)
    assert spectra.isotropic_molecular_spectrum is not None
    noise = 0.01 * np.random.default_rng(0).standard_normal(len(spectra.energies))
    np.savetxt("m.dat", np.column_stack([spectra.energies + 0.2, 3 * spectra.isotropic_molecular_spectrum + noise]))
    request = MatchRequest(on_experimental_axis("alcohol.xyz", "ether.xyz"), "m.dat")
    match = match_file(request, model, "out.json", figure="out.png", progress=False)
    assert match.names[0] == "ether.xyz"
    assert match.is_decided
    assert match.fits[0].shift == pytest.approx(0.2, abs=0.03)
    written = json.loads(Path("out.json").read_text())
    assert written["candidates"][0]["scale"] == pytest.approx(3.0, rel=0.03)
    assert written["verdict"].startswith("Among these candidates, ether.xyz fits best")
    assert Path("out.png").stat().st_size > 10_000
    wide, narrow = (len(match_file(with_range, model, progress=False).measurement.energies) for with_range in
                    (request, replace(request, energy_range=(282.0, 298.0))))  # fmt: skip
    assert narrow < 0.8 * wide
    match_file(request, model, "out.csv", progress=False)
    lines = [line for line in Path("out.csv").read_text().splitlines() if not line.startswith("#")]
    assert [row["candidate"] for row in csv.DictReader(lines)] == list(match.names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ether.xyz", "--measured", "flat.dat"], "ether.xyz@0 is the only candidate"),
        (["ether.xyz", "turned.xyz", "--measured", "flat.dat"], "are the same structure; give each candidate once"),
        (["ether.xyz", "alcohol.xyz", "--measured", "none.dat"], "none.dat: no such file"),
        (["ether.xyz", "alcohol.xyz", "--measured", "flat.dat", "--noise", "2"], "from 0 to 1, not 2"),
        (["ether.xyz", "alcohol.xyz", "--measured", "flat.dat", "--shift", "1", "-1"], "two ascending numbers"),
        (["ether.xyz", "alcohol.xyz", "--measured", "flat.dat", "--range", "298", "280"], "first and the last energy"),
        (["ether.xyz", "alcohol.xyz", "--measured", "flat.dat", "--range", "300", "301"], "from 300.0 to 301.0 eV"),
        (["ether.xyz", "alcohol.xyz", "--measured", "flat.dat", "-o", "flat.dat"], "is an input of this command"),
        (["ether.xyz", "alcohol.xyz", "--measured", "flat.dat", "-o", "x.txt"], "must end in one of .csv, .json"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["match", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_probabilities_of_another_model_are_not_calibrated(model: SpectrumModel) -> None:
    member = model.member(0)
    [spectra] = SpectrumPredictor(member, experimental_axis=True).predict([molecule("CH3OCH3")], [], isotropic=True)
    np.savetxt("m.dat", np.column_stack([spectra.energies, spectra.isotropic_molecular_spectrum]))
    request = MatchRequest(on_experimental_axis("alcohol.xyz", "ether.xyz"), "m.dat")
    with pytest.warns(UserWarning, match="not for ck_edge, member 0, a single model without standard deviations"):
        match_file(request, member, "out.json", progress=False)
    assert len(json.loads(Path("out.json").read_text())["warnings"]) == 1


@pytest.mark.parametrize(
    ("candidates", "measured", "message"),
    [
        (["ether.xyz", "alcohol.xyz"], "nitrogen.dat", "N K-edge"),
        (["ether.xyz", "alcohol.xyz"], "flat.dat", "do not vary"),
        (["ether.xyz", "water.xyz"], "m.dat", "water.xyz: Structure 0 .H2O. contains no C atom"),
    ],
)
def test_wrong_inputs_are_explained(model: SpectrumModel, candidates: list[str], measured: str, message: str) -> None:
    energies = np.linspace(282.0, 304.0, 221)
    np.savetxt("m.dat", np.column_stack([energies, np.sin(energies)]))
    with pytest.raises(ValueError, match=message):
        match_file(MatchRequest(on_experimental_axis(*candidates), measured), model, progress=False)
