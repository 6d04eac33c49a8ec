"""The command `spkisd match` with spectra at several angles."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from ase.io import write

from schnetpack_isd.analysis.film import FilmGeometry, FilmRequest, FixedNormal, TiltedAxis, predict_film
from schnetpack_isd.analysis.molecular_axis import choose_axis
from schnetpack_isd.cli import main
from schnetpack_isd.directions import CartesianDirection
from schnetpack_isd.models import SpectrumModel, load_spectrum_model
from schnetpack_isd.prediction import PredictionRequest

ANGLES = (20, 55, 90)
AT_ANGLES = [word for angle in ANGLES for word in ("--measured-at", f"{angle}", f"{angle}.dat")]
GEOMETRIES = ["upright.xyz", "flat.xyz", "tilted.xyz"]
NORMAL = ["--normal", "0", "0", "1"]


@pytest.fixture(scope="module")
def model() -> SpectrumModel:
    """The bundled model."""
    return load_spectrum_model()


@pytest.fixture(autouse=True)
def _files() -> None:
    for name, angle in (("upright", 0), ("flat", 90), ("tilted", 50)):
        furan = molecule("C4H4O")  # in the plane yz
        furan.rotate(angle, "y")
        write(f"{name}.xyz", furan)
    write("ether.xyz", molecule("CH3OCH3"))
    write("alcohol.xyz", molecule("CH3CH2OH"))


def measure(model: SpectrumModel, structure: str, orientation: FixedNormal | TiltedAxis) -> None:
    """Write spectra of a film, with a shift, as the model predicts them."""
    prediction = PredictionRequest(structure, isotropic=True, experimental_axis=True)
    film = predict_film(FilmRequest(prediction, FilmGeometry(orientation, polarisation=0.9), ANGLES), model)
    random = np.random.default_rng(0)
    for angle, spectrum in zip(ANGLES, film.spectra[0], strict=True):
        noisy = 3 * (spectrum + 0.01 * spectrum.max() * random.standard_normal(len(spectrum)))
        np.savetxt(f"{angle}.dat", np.column_stack([film.predicted.energies + 0.2, noisy]))


def test_the_adsorption_geometry_that_was_measured_is_found(
    model: SpectrumModel, capsys: pytest.CaptureFixture
) -> None:
    measure(model, "tilted.xyz", FixedNormal(CartesianDirection(0, 0, 1)))
    command = ["match", *GEOMETRIES, *AT_ANGLES, *NORMAL, "--polarisation", "0.9"]
    assert main([*command, "-o", "out.json", "--plot", "out.png"]) == 0
    assert "tilted.xyz fits best" in capsys.readouterr().out
    written = json.loads(Path("out.json").read_text())
    best = written["candidates"][0]
    assert best["candidate"] == "tilted.xyz"
    assert best["scale"] == pytest.approx(3.0, rel=0.03)
    assert best["shift_eV"] == pytest.approx(0.2, abs=0.03)
    assert {"offset_20deg", "offset_55deg", "offset_90deg"} < set(best)
    assert (written["angles_deg"], written["polarisation"]) == ([20, 55, 90], 0.9)
    assert written["film"] == "film normal along z, all azimuths"
    assert written["warnings"] == []
    assert Path("out.png").stat().st_size > 20_000
    assert main(command[:-2]) == 0
    assert "warning: The degree of polarisation is not given and is taken as 1" in capsys.readouterr().err


def test_angles_that_are_counted_otherwise_or_too_few_are_noticed(
    model: SpectrumModel, capsys: pytest.CaptureFixture
) -> None:
    measure(model, "tilted.xyz", FixedNormal(CartesianDirection(0, 0, 1)))
    command = ["match", *GEOMETRIES, *NORMAL, "--polarisation", "0.9"]
    from_normal = [word for angle in ANGLES for word in ("--measured-at", f"{90 - angle}", f"{angle}.dat")]
    assert main([*command, *from_normal]) == 0
    printed = capsys.readouterr()
    assert "None of these candidates fits well" in printed.out
    assert "With angles counted from the film normal (90° minus yours), tilted.xyz would fit" in printed.err
    assert main([*command, "--measured-at", "20", "20.dat"]) == 0
    assert "There is only one angle" in capsys.readouterr().err


def test_isomers_have_fitted_tilts_and_a_series_file(model: SpectrumModel, capsys: pytest.CaptureFixture) -> None:
    measure(model, "ether.xyz", TiltedAxis(choose_axis(axis=(0, 0, 1)), 25.0))
    entries = "".join(f"  - {{angle: {angle}, file: {angle}.dat}}\n" for angle in ANGLES)
    Path("film.yaml").write_text(f"polarisation: 0.9\nfiles:\n{entries}")
    command = ["match", "alcohol.xyz", "ether.xyz", "--series", "film.yaml", "--axis", "0", "0", "1"]
    assert main([*command, "-o", "out.csv", "--plot", "out.png"]) == 0
    assert "tilt  candidate" in capsys.readouterr().out
    lines = [line for line in Path("out.csv").read_text().splitlines() if not line.startswith("#")]
    first, second = csv.DictReader(lines)
    assert first["candidate"] == "ether.xyz"
    assert float(first["tilt_deg"]) == pytest.approx(25.0, abs=3.0)
    assert 0 <= float(second["tilt_deg"]) <= 90
    assert main([*command, "--tilt", "25", "-o", "given.csv"]) == 0
    assert "tilt_deg" not in Path("given.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*GEOMETRIES, *AT_ANGLES], "Say how the candidates lie in the film: --normal 0 0 1 if z"),
        ([*GEOMETRIES, *AT_ANGLES, "--plane", "all"], "give --normal if they are adsorption geometries"),
        (["flat.xyz", "same.xyz", *AT_ANGLES, *NORMAL], "are the same structure; give each candidate once"),
        ([*GEOMETRIES, *AT_ANGLES, *NORMAL, "--tilt", "3"], "leave out --axis, --bond, --plane, --tilt and --spread"),
        ([*GEOMETRIES, *AT_ANGLES, "--plane", "all", "--spread", "5"], "--spread is that of a given tilt"),
        ([*GEOMETRIES, *AT_ANGLES, *NORMAL, "--domains", "2"], "give --azimuth DEGREES"),
        ([*GEOMETRIES, *AT_ANGLES, *NORMAL, "-o", "20.dat"], "20.dat is an input of this command"),
        ([*GEOMETRIES, *AT_ANGLES, *NORMAL, "--noise", "2"], "from 0 to 1, not 2"),
        ([*GEOMETRIES, "--measured-at", "isotropic", "20.dat", *NORMAL], "20.dat has no angle"),
        ([*GEOMETRIES, "--measured-at", "0.35", "20.dat", *NORMAL], "looks like radians; give degrees"),
        ([*GEOMETRIES, "--measured-at", "20", "none.dat", *NORMAL], "none.dat: no such file"),
        ([*GEOMETRIES, "--measured", "20.dat", *NORMAL], "--normal goes with spectra at angles"),
        (["ether.xyz", "alcohol.xyz", *AT_ANGLES, "--bond", "0", "9"], "There is no atom 9"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    energies = np.linspace(282.0, 304.0, 221)
    for angle in ANGLES:
        np.savetxt(f"{angle}.dat", np.column_stack([energies, np.sin(energies)]))
    same = molecule("C4H4O")
    same.rotate(90, "y")
    same.rotate(37, "z")
    write("same.xyz", same)
    assert main(["match", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_the_syntax_of_orient_is_recognised(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        main(["match", *GEOMETRIES, "--measured", "20", "20.dat"])
    assert "20 is no file; give spectra at angles with --measured-at ANGLE FILE" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_model_without_tensors_is_refused(capsys: pytest.CaptureFixture) -> None:
    energies = np.linspace(282.0, 304.0, 221)
    np.savetxt("20.dat", np.column_stack([energies, np.sin(energies)]))
    command = ["match", *GEOMETRIES, "--measured-at", "20", "20.dat", *NORMAL, "--model", "no_tensors"]
    assert main([*command, "--energy-shift", "0"]) == 1
    assert "but no tensors (spectra at angles need them)" in capsys.readouterr().err
