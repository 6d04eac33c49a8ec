"""Films, from a structure to files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from ase.io import write
from support.models import AXIS
from support.structures import random_molecule, random_rotation
from support.tables import read_table

from schnetpack_isd.analysis.film import FilmGeometry, FilmRequest, TiltedAxis, predict_film
from schnetpack_isd.analysis.molecular_axis import choose_axis
from schnetpack_isd.cli import main
from schnetpack_isd.prediction import PredictionRequest, SpectrumPredictor
from schnetpack_isd.spectra import film_components, film_spectrum, gaussian_tilt_order, normal_matrix

FILM = ["film", "benzene.xyz", "--model", "ensemble.safetensors"]
PLANE = choose_axis(plane=["all"])


@pytest.mark.usefixtures("folder")
def test_the_table_has_the_exact_spectra_of_the_tensors(capsys: pytest.CaptureFixture) -> None:
    options = ["--plane", "all", "--tilt", "30", "--spread", "10", "--polarisation", "0.9", "--energy-shift", "-6.5"]
    angles = ["--angle", "90", "--angle", "20"]
    resonance = ["--resonance", f"{AXIS[2] - 6.5}", f"{AXIS[5] - 6.5}"]
    assert main([*FILM, *options, *angles, *resonance, "-o", "film.csv", "--plot", "film.png"]) == 0
    assert capsys.readouterr().out.splitlines() == ["film.csv", "film.png"]
    assert Path("film.png").read_bytes().startswith(b"\x89PNG")
    comments, table = read_table("film.csv")
    [spectra] = SpectrumPredictor("ensemble.safetensors", energy_shift=-6.5).predict(molecule("C6H6"), ["z"])
    matrix = normal_matrix([0, 0, 1], gaussian_tilt_order(30, 10))

    def film(part: object) -> np.ndarray:
        return film_spectrum(*film_components(part.molecular_tensor, matrix), [20, 90], 0.9)

    expected, std = spectra.with_std(film)
    np.testing.assert_allclose(table["energy_eV"], AXIS - 6.5, atol=1e-4)
    np.testing.assert_allclose([table["film_20deg"], table["film_90deg"]], expected, rtol=1e-4)
    np.testing.assert_allclose([table["film_20deg_std"], table["film_90deg_std"]], std, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(table["isotropic"], np.trace(spectra.molecular_tensor) / 3, rtol=1e-4)
    difference, difference_std = spectra.with_std(lambda part: np.subtract(*film(part)))
    np.testing.assert_allclose(table["difference_20deg_minus_90deg"], difference, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(table["difference_20deg_minus_90deg_std"], difference_std, rtol=1e-2, atol=1e-5)
    areas = np.trapezoid(expected[:, 2:6], AXIS[2:6])
    name = next(key for key in comments if key.startswith("resonance"))
    values = [float(part.split(": ")[1].split(" ")[0]) for part in comments[name].split("; ")[:2]]
    np.testing.assert_allclose(values, areas, rtol=1e-3)
    assert comments["orientation"] == "plane all, tilt 30, spread 10"
    assert comments["polarisation"] == "0.9"
    assert comments["energy_shift"] == "-6.5"
    assert comments["column 3"] == "standard deviation of column 2"


@pytest.mark.usefixtures("folder")
def test_a_molecule_turned_in_its_file_has_the_same_film() -> None:
    atoms, rotation = random_molecule(1), random_rotation(2)
    write("one.xyz", atoms)
    atoms.positions = atoms.positions @ rotation.T
    write("turned.xyz", atoms)
    geometry = FilmGeometry(TiltedAxis(choose_axis(bond=(0, 1)), 30.0), fold=1, azimuth=20.0)
    one, turned = (
        predict_film(FilmRequest(PredictionRequest(f"{name}.xyz", allow_extrapolation=True), geometry), "single")
        for name in ("one", "turned")
    )
    np.testing.assert_allclose(turned.spectra[0], one.spectra[0], rtol=1e-6)
    assert one.spectra[1] is None


@pytest.mark.usefixtures("folder")
def test_a_resonance_is_a_line_against_the_squared_cosine() -> None:
    geometry = FilmGeometry(TiltedAxis(PLANE, 30.0), fold=2, azimuth=20.0, polarisation=0.9)
    request = FilmRequest(PredictionRequest("benzene.xyz"), geometry, [10, 50, 80], [(AXIS[1], AXIS[4])])
    [resonance] = predict_film(request, "ensemble.safetensors").resonances
    cosine2 = np.cos(np.radians([10, 50, 80])) ** 2
    line = resonance.curve[-1] + (resonance.curve[0] - resonance.curve[-1]) * cosine2
    np.testing.assert_allclose(resonance.intensity, line, rtol=1e-6)
    assert (resonance.std > 0).all()


@pytest.mark.usefixtures("folder")
@pytest.mark.filterwarnings("ignore:.*unlike the training data:UserWarning")
def test_a_crystal_has_its_normal_in_its_frame() -> None:
    command = ["film", "crystal.cif", "--model", "single", "--plane-normal", "0", "0", "1", "--angle", "90"]
    command += ["--domains", "1", "--azimuth", "30", "-o", "out.npz", "--allow-extrapolation"]
    assert main(command) == 0
    with np.load("out.npz") as arrays:
        attributes = json.loads(str(arrays["attributes"]))
        assert set(arrays) == {"energies", "film_90deg", "isotropic", "attributes"}
    assert attributes["orientation"] == "normal hkl(0 0 1)"
    assert attributes["film"] == "film normal to (001), 1 domain, azimuth 30°"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give the molecular axis in one way"),
        (["--bond", "0", "12"], "Structure 0 (C6H6): There is no atom 12; the structure has atoms 0 to 11"),
        (["--plane", "0", "3", "9"], "lie in a line; choose others"),
        (["--normal", "0", "0", "1", "--tilt", "3"], "leave out --axis, --bond, --plane, --tilt and --spread"),
        (["--plane-normal", "0", "0", "1"], "hkl(0 0 1) needs three lattice vectors"),
        (["--plane", "all", "--tilt", "95"], "tilt must be from 0 to 90 degrees, not 95"),
        (["--plane", "all", "--angle", "-5"], "must be from 0 (grazing) to 90 degrees (normal)"),
        (["--plane", "all", "--tilt", "0.52"], "The tilt 0.52 looks like radians; give degrees"),
        (["--plane", "all", "--angle", "0.35", "--angle", "1.57"], "The angles 0.35, 1.57 look like radians"),
        (["--plane", "all", "--angle", "20", "--angle", "20"], "angle 20 occurs twice"),
        (["--plane", "all", "--azimuth", "20"], "has no effect on a uniaxial film"),
        (["--plane", "all", "--domains", "2"], "depend on the azimuth of the plane of incidence; give --azimuth"),
        (["--plane", "all", "--domains", "0"], "at least 1, not 0"),
        (["--plane", "all", "--polarisation", "2"], "must be from 0 to 1, not 2"),
        (["--plane", "all", "--resonance", "288", "285"], "a first and a higher last energy, not 288 and 285"),
        (["--plane", "all", "--resonance", "1", "2"], "is not within the predicted energies"),
        (["--plane", "all", "-o", "film.hdf5"], "the name must end in one of .csv, .npz"),
        (["--plane", "all", "-o", "mine.csv"], "mine.csv exists. Replace it with `--force`"),
        (["--plane", "all", "-o", "benzene.xyz", "--force"], "benzene.xyz"),
        (["--plane", "all", "--model", "no_tensors"], "no tensors (spectra of films need them)"),
        (["--plane", "all", "--experimental-axis"], "does not know the shift to the experimental axis"),
    ],
)  # fmt: skip
def test_mistakes_are_named_and_nothing_is_written(
    arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture
) -> None:
    Path("mine.csv").write_text("mine")
    before = set(folder.iterdir())
    assert main([*FILM, *arguments]) == 1
    assert message in capsys.readouterr().err
    assert set(folder.iterdir()) == before


@pytest.mark.usefixtures("folder")
def test_one_of_several_structures_is_chosen(capsys: pytest.CaptureFixture) -> None:
    command = ["film", "two.xyz", "--model", "single", "--bond", "0", "1"]
    assert main(command) == 1
    assert "two.xyz has several structures; choose one" in capsys.readouterr().err
    assert main([*command, "--index", "1"]) == 0
    assert Path("two_film.csv").is_file()
