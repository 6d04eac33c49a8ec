"""Predictions for people: the calculator, `spkisd predict` and its files."""

from __future__ import annotations

import csv
import itertools
import json
import re
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk, molecule
from ase.calculators.calculator import PropertyNotImplementedError
from ase.io import write
from matplotlib.figure import Figure
from schnetpack.atomistic import Atomwise
from schnetpack.model import NeuralNetworkPotential
from scipy.integrate import lebedev_rule
from support.models import N_ENERGIES, N_FEATURES
from support.structures import make_batch, random_molecule, random_rotation

from schnetpack_isd.cli import main
from schnetpack_isd.directions import CARTESIAN, LatticeDirection, PlaneNormal, about_axis
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.plotting import plot_prediction, plot_scan, plot_spectra
from schnetpack_isd.prediction.store import SpectrumStore
from schnetpack_isd.spectra import powder_average, sphere_quadrature

pytestmark = pytest.mark.filterwarnings("ignore:.*far below zero:UserWarning")  # of models that are not trained

DIRECTIONS = [(0.0, 0.0, 2.0), (1.0, -1.0, 0.5)]
ENERGIES = np.linspace(290.0, 306.0, N_ENERGIES)


@pytest.fixture
def model(make_model: Callable) -> NeuralNetworkPotential:
    model = make_model(head={"energies": ENERGIES, "intensity_scale": 0.25})
    model.output_modules[0].elements = ["C", "Cl", "F", "H", "N", "O", "Si"]
    return model


@pytest.fixture
def calculator(model: NeuralNetworkPotential) -> SpectrumCalculator:
    return SpectrumCalculator(model, DIRECTIONS, batch_size=3)


@pytest.fixture
def counted(calculator: SpectrumCalculator, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Number of directions of each evaluation of the network."""
    calls: list[int] = []
    forward = calculator.predictor.model.forward

    def count(inputs: dict) -> dict:
        calls.append(inputs["direction"].shape[1])
        return forward(inputs)

    monkeypatch.setattr(calculator.predictor.model, "forward", count)
    return calls


def test_the_calculator_gives_the_models_spectra(calculator: SpectrumCalculator, model: NeuralNetworkPotential) -> None:
    atoms = molecule("CH3CH2OH")
    expected = model(make_batch(atoms, np.array(DIRECTIONS)))["spectrum"].detach().numpy()
    atoms.calc = calculator
    np.testing.assert_allclose(calculator.get_property("spectrum", atoms), expected, rtol=1e-10)
    np.testing.assert_allclose(calculator.get_property("molecular_spectrum", atoms), expected.sum(axis=0), rtol=1e-10)
    assert calculator.get_property("site_atom", atoms).tolist() == np.flatnonzero(atoms.numbers == 6).tolist()
    norms = np.linalg.norm(calculator.get_property("direction", atoms), axis=1)
    np.testing.assert_allclose(norms, 1.0, rtol=1e-12)
    np.testing.assert_allclose(calculator.energies, ENERGIES, atol=1e-4)
    with pytest.raises(PropertyNotImplementedError):
        calculator.get_property("energy", atoms)


def test_nothing_is_computed_again_while_nothing_changes(calculator: SpectrumCalculator, counted: list[int]) -> None:
    atoms = molecule("CH4")
    for name in ("spectrum", "molecular_spectrum", "site_atom"):
        calculator.get_property(name, atoms)
    assert counted == [2]
    calculator.get_property("isotropic_spectrum", atoms)
    calculator.get_property("isotropic_molecular_error", atoms)
    assert counted == [2, 13]
    calculator.get_property("spectrum", atoms)
    assert counted == [2, 13]
    atoms.positions[0] += 0.1
    calculator.get_property("isotropic_spectrum", atoms)
    assert counted == [2, 13, 15]
    calculator.set(directions=CARTESIAN)
    assert calculator.get_property("spectrum", atoms).shape == (1, 3, N_ENERGIES)
    assert counted == [2, 13, 15, 3]


def test_the_calculator_can_be_called_as_ase_calls_it(calculator: SpectrumCalculator) -> None:
    ethanol, benzene = molecule("CH3CH2OH"), molecule("C6H6")
    calculator.calculate(ethanol, ["spectrum"])
    calculator.calculate(benzene, ["isotropic_spectrum"])
    assert len(calculator.results["spectrum"]) == len(calculator.results["isotropic_spectrum"]) == 6
    given = [[0.0, 0.0, 1.0]]
    calculator.set(directions=given)
    given[0][0] = 9.0
    assert calculator.get_property("direction", benzene).tolist() == [[0, 0, 1]]
    for parameters in ({"energy_shift": 3.0}, {"directions": []}, {"directions": [(0, 0, 0)]}):
        with pytest.raises(ValueError, match=r"`directions` can be set|must have the shape|not zero"):
            calculator.set(**parameters)


def test_a_list_of_structures_gives_what_each_gives_alone(calculator: SpectrumCalculator, counted: list[int]) -> None:
    frames = [molecule("CH4"), random_molecule(1), random_molecule(2, n_atoms=5), bulk("SiC", "zincblende", a=4.36)]
    together = list(calculator.predict(iter(frames), isotropic=True))
    assert len(counted) == 2  # batches of three
    for atoms, spectra in zip(frames, together, strict=True):
        for name in calculator.implemented_properties:
            np.testing.assert_allclose(
                getattr(spectra, name), calculator.get_property(name, atoms), rtol=1e-9, atol=1e-12, err_msg=name
            )


def test_crystal_directions_follow_the_cell(calculator: SpectrumCalculator) -> None:
    crystal = bulk("SiC", "wurtzite", a=3.08, c=5.05)
    crystal.positions[1] += (0.1, -0.2, 0.15)
    a, b, c = crystal.cell.array
    calculator.set(directions=[LatticeDirection(1, 1, 0), PlaneNormal(0, 0, 1), PlaneNormal(1, 0, 0)])
    by_lattice = calculator.get_property("spectrum", crystal)
    calculator.set(directions=[a + b, np.cross(a, b), np.cross(b, c)])
    np.testing.assert_allclose(by_lattice, calculator.get_property("spectrum", crystal), rtol=1e-9)
    calculator.set(directions=[LatticeDirection(1, 1, 0)])
    with pytest.raises(ValueError, match=r"\[1 1 0\] needs three lattice vectors"):
        calculator.get_property("spectrum", molecule("CH4"))
    with pytest.raises(ValueError, match=r"must have the shape \(n_directions, 3\), not \(3,\)"):
        calculator.set(directions=(0, 0, 1))


def test_a_single_structure_is_predicted_too(calculator: SpectrumCalculator) -> None:
    [spectra] = calculator.predict(molecule("CH4"))
    np.testing.assert_array_equal(spectra.spectrum, calculator.get_property("spectrum", molecule("CH4")))


def test_raw_intensities_and_shifted_energies(model: NeuralNetworkPotential, calculator: SpectrumCalculator) -> None:
    raw = SpectrumCalculator(model, DIRECTIONS, intensity="raw", energy_shift=-7.0)
    atoms = molecule("CH4")
    expected = 0.25 * calculator.get_property("spectrum", atoms)
    np.testing.assert_allclose(raw.get_property("spectrum", atoms), expected, rtol=1e-6)
    np.testing.assert_allclose(raw.energies, ENERGIES - 7.0, atol=1e-4)


def test_the_isotropic_spectrum_is_the_mean_over_the_sphere(calculator: SpectrumCalculator) -> None:
    atoms = random_molecule(1)
    points, weights = lebedev_rule(31)
    calculator.set(directions=points.T)
    exact = np.einsum("sde,d->se", calculator.get_property("spectrum", atoms), weights / weights.sum())
    found, error = (calculator.get_property(name, atoms) for name in ("isotropic_spectrum", "isotropic_error"))
    assert error.shape == (len(found),)
    assert (np.abs(found - exact).max(axis=1) <= error).all()
    total = calculator.get_property("isotropic_molecular_spectrum", atoms)
    np.testing.assert_allclose(total, found.sum(axis=0), rtol=1e-6)
    rotated = Atoms(atoms.numbers, atoms.positions @ random_rotation(0).T)
    turned, its_error = (calculator.get_property(name, rotated) for name in ("isotropic_spectrum", "isotropic_error"))
    assert (np.abs(turned - found).max(axis=1) <= error + its_error).all()


def test_a_powder_average_of_a_tensor_is_a_third_of_its_trace() -> None:
    directions, weights = sphere_quadrature()
    assert weights.sum() == pytest.approx(1.0)
    tensor = np.random.default_rng(0).standard_normal((3, 3))
    spectra = np.einsum("da,ab,db->d", directions, tensor, directions)[:, None]
    average, error = powder_average(spectra)
    assert average == pytest.approx(np.trace(tensor) / 3)
    assert error == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ValueError, match="13 directions were expected"):
        powder_average(spectra[:3])


def test_directions_about_an_axis_are_perpendicular_to_it() -> None:
    for axis in ([0, 0, 3], [1, 0, 0], [1, 1, 1]):
        found = about_axis(axis, [0, 30, 90])
        np.testing.assert_allclose(found @ axis, 0, atol=1e-12)
        np.testing.assert_allclose(
            found @ found.T, np.cos(np.radians([[0, 30, 90], [30, 0, 60], [90, 60, 0]])), atol=1e-12
        )
    np.testing.assert_allclose(about_axis([0, 0, 1], [0, 90]), [[1, 0, 0], [0, 1, 0]], atol=1e-12)


# -- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, model: NeuralNetworkPotential) -> Path:
    torch.save(model.float(), tmp_path / "best_model")
    no_spectrum = NeuralNetworkPotential(model.representation, output_modules=[Atomwise(N_FEATURES)])
    torch.save(no_spectrum, tmp_path / "no_spectrum")
    write(tmp_path / "ethanol.xyz", molecule("CH3CH2OH"))
    write(tmp_path / "frames.extxyz", [random_molecule(seed, n_atoms=6) for seed in range(7)])
    write(tmp_path / "water.xyz", [molecule("CH4"), molecule("H2O")])
    crystal = bulk("SiC", "zincblende", a=4.36)
    write(tmp_path / "crystal.cif", crystal)
    return tmp_path


def predict(*arguments: str) -> int:
    return main(["predict", *arguments, "--model", "best_model"])


def expected_rows(folder: Path, frames: list[Atoms], directions: list) -> list[np.ndarray]:
    calculator = SpectrumCalculator(folder / "best_model", directions)
    return [calculator.get_property("molecular_spectrum", atoms) for atoms in frames]


def test_hdf5_and_npz_hold_everything(folder: Path) -> None:
    arguments = ("ethanol.xyz", "--direction", "0", "0", "2", "--direction", "1", "1", "0", "--isotropic", "--sites",
                 "--energy-shift", "-6.5")  # fmt: skip
    assert predict(*arguments, "-o", "out.hdf5") == 0
    assert predict(*arguments, "-o", "out.npz") == 0
    calculator = SpectrumCalculator(folder / "best_model", [(0, 0, 2), (1, 1, 0)])
    atoms = molecule("CH3CH2OH")
    with SpectrumStore("out.hdf5") as store, np.load("out.npz") as arrays, h5py.File("out.hdf5") as file:
        rows = list(store.rows())
        assert [row.label for row in rows[:3]] == ["xyz(0 0 2)", "xyz(1 1 0)", "isotropic"]
        assert [row.atom for row in rows] == [-1] * 3 + [0] * 3 + [1] * 3
        sites = calculator.get_property("spectrum", atoms)
        np.testing.assert_allclose([row.spectrum for row in rows[3:5]], sites[0], rtol=1e-5)
        np.testing.assert_allclose(
            rows[2].spectrum, calculator.get_property("isotropic_molecular_spectrum", atoms), rtol=1e-5
        )
        assert rows[2].error == pytest.approx(calculator.get_property("isotropic_molecular_error", atoms), rel=1e-4)
        np.testing.assert_allclose(rows[1].direction, [0.5**0.5, 0.5**0.5, 0], atol=1e-12)
        assert np.isnan(rows[2].direction).all()
        np.testing.assert_allclose(store.energies, ENERGIES - 6.5, atol=1e-4)
        assert file["energies"].attrs["units"] == "eV"
        attributes = store.attributes
        assert attributes["energy_shift"] == -6.5
        assert (attributes["model"], len(attributes["model_sha256"])) == ("best_model", 64)
        assert (attributes["absorbing_element"], attributes["intensity"]) == ("C", "normalised")
        assert (attributes["labels"], attributes["sites"]) == ("xyz(0 0 2); xyz(1 1 0); isotropic", "yes")
        for name in ("structure", "atom", "direction", "error", "spectrum"):
            np.testing.assert_array_equal(arrays[name], [getattr(row, name) for row in rows])
        assert arrays["label"].tolist() == [row.label for row in rows]
        assert arrays["formula"].tolist() == ["C2H6O"] * 9
        assert json.loads(str(arrays["attributes"])) == attributes


def test_csv_has_a_column_for_each_spectrum(folder: Path) -> None:
    assert predict("frames.extxyz", "-o", "out.csv") == 0
    lines = Path("out.csv").read_text().splitlines()
    comments = [line for line in lines if line.startswith("#")]
    assert "# energy_unit: eV" in comments
    assert any(
        re.fullmatch(r"# column 2: structure 0, \w+, molecule, along x, unit vector \(1\.0+ 0\.0+ 0\.0+\)", line)
        for line in comments
    )
    header, *body = csv.reader(line for line in lines if not line.startswith("#"))
    assert len(header) == len(set(header)) == 1 + 7 * 4
    assert header[0] == "energy_eV"
    numbers = np.array(body, dtype=float)
    np.testing.assert_allclose(numbers[:, 0], ENERGIES, atol=1e-4)
    frames = [random_molecule(seed, n_atoms=6) for seed in range(7)]
    expected = np.array(expected_rows(folder, frames, CARTESIAN))
    np.testing.assert_allclose(numbers[:, 1:].T.reshape(7, 4, -1)[:, :3], expected, rtol=1e-4, atol=1e-6)


def parse_xdi(path: Path) -> tuple[dict[str, str], list[str], np.ndarray]:
    """By the grammar of the specification, version 1.0."""
    lines = path.read_bytes().decode("ascii").splitlines()
    assert re.match(r"# XDI/1\.0 \S+/\S+$", lines[0])
    end = next(number for number, line in enumerate(lines) if re.fullmatch(r"# -{3,}", line))
    fields_end = next(number for number, line in enumerate(lines) if re.fullmatch(r"# /{3,}", line))
    fields = {}
    for line in lines[1:fields_end]:
        match = re.fullmatch(r"# ([A-Za-z][A-Za-z0-9_]*)\.([A-Za-z0-9_-]+): (\S.*)", line)
        assert match, line
        fields[f"{match[1]}.{match[2]}".lower()] = match[3]
    assert all(line.startswith("#") and len(line) < 2048 for line in lines[: end + 2])
    labels = lines[end + 1].removeprefix("#").split()
    assert labels == [fields[f"column.{number}"].split()[0] for number in range(1, len(labels) + 1)]
    data = np.array([line.split() for line in lines[end + 2 :]], dtype=float)
    assert data.shape[1] == len(labels)
    assert np.isfinite(data).all()
    return fields, labels, data


def test_xdi_is_as_its_specification_says(folder: Path) -> None:
    assert predict("ethanol.xyz", "--direction", "0", "0", "1", "-o", "one.xdi") == 0
    fields, labels, data = parse_xdi(folder / "one.xdi")
    assert fields["sample.stoichiometry"] == "C2 H6 O"
    assert fields["schnetpack_isd.direction"] == "0.00000000 0.00000000 1.00000000"
    assert (fields["element.symbol"], fields["element.edge"], fields["column.1"]) == ("C", "K", "energy eV")
    assert labels[0] == "energy"
    [expected] = expected_rows(folder, [molecule("CH3CH2OH")], [(0, 0, 1)])
    np.testing.assert_allclose(data, np.column_stack([ENERGIES, expected[0]]), rtol=1e-5, atol=1e-4)
    assert predict("frames.extxyz", "--sites", "-o", "many.xdi") == 0
    names = {path.name for path in (folder / "many.xdi").iterdir()}
    n_sites = sum((random_molecule(seed, n_atoms=6).numbers == 6).sum() for seed in range(7))
    assert len(names) == 4 * (7 + n_sites)
    for name in names:
        parse_xdi(folder / "many.xdi" / name)
    assert predict("ethanol.xyz", "-o", "one.xdi", "--force") == 0
    assert len(list((folder / "one.xdi").iterdir())) == 4
    assert predict("ethanol.xyz", "--direction", "0", "0", "1", "-o", "one.xdi", "--force") == 0
    parse_xdi(folder / "one.xdi")
    assert predict("ethanol.xyz", "-o", "many.xdi", "--force") == 0
    assert len(list((folder / "many.xdi").iterdir())) == 4
    (folder / "many.xdi" / "notes.txt").write_text("mine")
    assert predict("ethanol.xyz", "-o", "many.xdi", "--force") == 1
    assert (folder / "many.xdi" / "notes.txt").exists()


@pytest.mark.usefixtures("folder")
def test_shards_are_merged_in_the_order_of_the_structures(capsys: pytest.CaptureFixture) -> None:
    assert predict("frames.extxyz", "--sites", "-o", "whole.hdf5") == 0
    for part in (1, 2, 3):
        assert predict("frames.extxyz", "--sites", "--shard", f"{part}/3", "-o", f"part{part}.hdf5") == 0
    parts = [f"part{part}.hdf5" for part in (3, 1, 2)]
    assert main(["merge", *parts, "-o", "merged.hdf5"]) == 0
    with SpectrumStore("whole.hdf5") as whole, SpectrumStore("merged.hdf5") as merged:
        assert merged.attributes == whole.attributes
        for one, other in zip(whole.rows(), merged.rows(), strict=True):
            assert (one.structure, one.atom, one.label) == (other.structure, other.atom, other.label)
            np.testing.assert_allclose(one.spectrum, other.spectrum, rtol=1e-4, atol=1e-5)
    assert main(["merge", "whole.hdf5", "-o", "converted.csv"]) == 0
    assert main(["merge", *parts[:2], "-o", "some.hdf5"]) == 1
    assert "The parts 1/3, 2/3, 3/3 were expected, not 1/3, 3/3" in capsys.readouterr().err
    assert predict("frames.extxyz", "--shard", "2/3", "-o", "molecules.hdf5") == 0
    assert main(["merge", "part1.hdf5", "molecules.hdf5", "part3.hdf5", "-o", "some.hdf5"]) == 1
    assert "molecules.hdf5 is not of the same prediction as part1.hdf5: its sites is no" in capsys.readouterr().err
    assert main(["merge", "whole.hdf5", "merged.hdf5", "-o", "some.hdf5"]) == 1
    assert "they were not made with --shard" in capsys.readouterr().err
    assert predict("frames.extxyz", "--sites", "--shard", "2/3", "--energy-shift", "1", "-o", "other.hdf5") == 0
    assert main(["merge", "part1.hdf5", "other.hdf5", "part3.hdf5", "-o", "some.hdf5"]) == 1
    assert "other.hdf5 is not of the same prediction as part1.hdf5: its energy_shift is 1.0" in capsys.readouterr().err
    assert not Path("some.hdf5").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.xyz"], r"none\.xyz: no such file"),
        (["best_model"], r"best_model: structure 0 cannot be read by ASE"),
        (["water.xyz"], r"water\.xyz: Structure 1 \(H2O\) has no absorbing atom; the model is for spectra of C"),
        (["ethanol.xyz", "--direction", "0", "0", "0"], r"Direction 0 is \[0\.0, 0\.0, 0\.0\]; it must be finite"),
        (["ethanol.xyz", "--scan", "0", "0", "0"], r"Direction 0 is .* not zero"),
        (["ethanol.xyz", "--scan-steps", "3"], "--scan-steps is for --scan X Y Z"),
        (["ethanol.xyz", "--plane-normal", "0", "0", "1"], r"ethanol\.xyz: Structure 0 \(C2H6O\): .*\(0 0 1\) needs"),
        (["crystal.cif", "--lattice-direction", "0", "0", "0"], r"crystal\.cif: .* Direction 0 is"),
        (["ethanol.xyz", "--batch-size", "0"], "batch size must be at least 1"),
        (["ethanol.xyz", "--shard", "3/2"], "--shard must be I/N"),
        (["ethanol.xyz", "--model", "ethanol.xyz"], r"ethanol\.xyz: not a model that can be loaded"),
        (["ethanol.xyz", "--model", "no_spectrum"], r"no_spectrum: The model predicts no spectrum"),
    ],
)  # fmt: skip
def test_bad_input_is_named_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    before = set(folder.iterdir())
    assert main(["predict", "--model", "best_model", *arguments, "-o", "out.csv"]) == 1
    assert re.search(message, capsys.readouterr().err)
    assert set(folder.iterdir()) == before


def test_directions_of_the_same_numbers_are_kept_apart(folder: Path) -> None:
    crystal = bulk("SiC", "wurtzite", a=3.08, c=5.05)
    write("wurtzite.xyz", crystal)
    directions = [option for kind in ("direction", "lattice-direction", "plane-normal")
                  for option in (f"--{kind}", "1", "1", "0")]  # fmt: skip
    assert predict("wurtzite.xyz", *directions, "-o", "three.npz") == 0
    assert predict("wurtzite.xyz", *directions, "-o", "three.xdi") == 0
    with np.load("three.npz") as arrays:
        assert arrays["label"].tolist() == ["xyz(1 1 0)", "uvw[1 1 0]", "hkl(1 1 0)"]
        a, b, c = crystal.cell.array
        expected = np.array([[1, 1, 0], a + b, np.cross(b, c) + np.cross(c, a)])
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        np.testing.assert_allclose(arrays["direction"], expected, atol=1e-6)
    assert len(list((folder / "three.xdi").iterdir())) == 3
    assert predict("wurtzite.xyz", "--direction", "1", "1", "0", "--direction", "1", "1", "0", "-o", "two.npz") == 1


def test_what_cannot_be_predicted_is_not_written(folder: Path, capsys: pytest.CaptureFixture) -> None:
    broken = molecule("CH4")
    broken.positions[2] = np.nan
    write("nan.xyz", [molecule("CH4"), broken])
    coinciding = molecule("CH4")
    coinciding.positions[2] = coinciding.positions[1]
    write("twice.xyz", [molecule("CH4"), coinciding])
    for name, message in (("nan", "positions or a cell that are"), ("twice", "spectra that are")):
        assert predict(f"{name}.xyz", "-o", "out.csv") == 1
        assert f"Structure 1 (CH4) has {message} not finite" in capsys.readouterr().err
    for arguments in (["--device", "nowhere"], ["--plot", "out.foo"], ["--plot", "nowhere/out.png"]):
        assert predict("ethanol.xyz", "-o", "out.csv", *arguments) == 1
    errors = capsys.readouterr().err
    assert "--device nowhere cannot be used" in errors
    assert "out.foo: the name of a figure must end in one of" in errors
    assert "nowhere: no such folder, for out.png" in errors
    assert not (folder / "out.csv").exists()


def test_an_output_that_exists_is_kept(folder: Path, capsys: pytest.CaptureFixture) -> None:
    Path("out.csv").write_text("mine")
    Path("out.png").write_text("mine")
    assert predict("ethanol.xyz", "-o", "out.csv") == 1
    assert predict("ethanol.xyz", "--plot", "out.png") == 1
    assert predict("ethanol.xyz", "-o", "out.txt") == 1
    errors = capsys.readouterr().err
    assert errors.count("it is replaced only on demand (`--force`)") == 2
    assert "out.txt: the name must end in one of .hdf5, .h5, .npz, .csv, .xdi" in errors
    assert Path("out.csv").read_text() == Path("out.png").read_text() == "mine"
    assert (
        predict("ethanol.xyz", "-o", "out.csv", "--plot", "out.png", "--scan", "0", "0", "1", "--sites", "--force") == 0
    )
    assert Path("out.png").read_bytes().startswith(b"\x89PNG")
    assert "scan15" in Path("out.csv").read_text()
    assert folder.joinpath("out.csv").read_text() != "mine"


def test_elements_that_the_model_was_not_trained_on_are_refused(
    model: NeuralNetworkPotential, capsys: pytest.CaptureFixture
) -> None:
    model.output_modules[0].elements = ["C", "H"]
    torch.save(model.float(), "best_model")
    write("chloromethane.xyz", molecule("CH3Cl"))
    assert predict("chloromethane.xyz", "-o", "out.csv") == 1
    expected = "chloromethane.xyz: Structure 0 (CH3Cl) has Cl; the model was trained on C, H only"
    assert expected in capsys.readouterr().err


def test_a_model_without_a_record_of_its_elements_says_so(model: NeuralNetworkPotential) -> None:
    model.output_modules[0].elements = None
    with pytest.warns(UserWarning, match="does not record which elements it was trained on"):
        SpectrumCalculator(model)


def test_memory_does_not_grow_with_the_number_of_frames(model: NeuralNetworkPotential) -> None:
    calculator = SpectrumCalculator(model.float(), DIRECTIONS)

    def peak(n_frames: int) -> int:
        frames: Iterator[Atoms] = (molecule("CH4") for _ in range(n_frames))
        tracemalloc.start()
        for _ in calculator.predict(frames):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(64)
    assert peak(1600) < 1.3 * peak(320)


def test_threads_are_given_back_and_faults_are_raised(calculator: SpectrumCalculator) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        frames = [molecule("CH4")] * 20
        predicted = calculator.predict(frames)
        next(predicted)
        predicted.close()
        assert torch.get_num_threads() == 3
        with pytest.raises(ValueError, match=r"Structure 15 \(H2O\) has no absorbing atom"):
            list(calculator.predict([*frames[:15], molecule("H2O"), *frames[15:]]))
        assert torch.get_num_threads() == 3
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(torch.get_num_threads).result() == 3
    finally:
        torch.set_num_threads(before)


def test_figures_hold_the_spectra() -> None:
    energies, spectra = np.linspace(0, 1, 5), {"x": np.arange(5.0), "isotropic": np.ones(5)}
    ax = Figure().subplots()
    plot_spectra(ax, energies, spectra, {"x": np.ones(5), "isotropic": np.ones(5)})
    assert [line.get_label() for line in ax.lines] == ["along x", "isotropic"]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), spectra["x"])
    assert len(ax.collections) == 2
    ax = Figure().subplots()
    plot_scan(ax, energies, [0, 90, 180], np.arange(15.0).reshape(3, 5))
    assert [line.get_ydata()[0] for line in ax.lines] == [0, 5, 10]
    assert len({line.get_color() for line in ax.lines}) == 3


def test_the_figure_of_a_prediction_holds_its_spectra(folder: Path) -> None:
    frames = [molecule("CH3CH2OH"), molecule("CH3CH2OH"), molecule("CH4")]
    frames[1].rattle(0.1)
    write("frames.xyz", frames)
    assert predict("frames.xyz", "-o", "out.hdf5", "--scan", "0", "0", "1", "--scan-steps", "2", "--sites") == 0
    assert predict("frames.xyz", "-o", "xyz.hdf5") == 0
    calculator = SpectrumCalculator("best_model")

    with SpectrumStore("xyz.hdf5") as store:
        [ax] = plot_prediction(store, folder / "mean.svg").axes
    spectra = [
        [*s.molecular_spectrum, s.isotropic_molecular_spectrum] for s in calculator.predict(frames, isotropic=True)
    ]
    np.testing.assert_allclose([line.get_ydata() for line in ax.lines], np.mean(spectra, axis=0), rtol=1e-5, atol=1e-7)
    assert [line.get_label() for line in ax.lines] == ["along x", "along y", "along z", "isotropic"]
    assert ax.get_title() == "mean and standard deviation of\n3 structures of 2 compositions"
    vertices = ax.collections[0].get_paths()[0].vertices[:, 1]
    highest = (np.mean(spectra, axis=0) + np.std(spectra, axis=0))[0].max()
    assert vertices.max() == pytest.approx(highest, rel=1e-4)

    with SpectrumStore("out.hdf5") as store:
        figure = plot_prediction(store, folder / "scan.svg")
    scanned, *_ = figure.axes
    assert scanned.get_title() == "mean of 3 structures of 2 compositions,\nturned about 0 0 1"
    calculator.set(directions=about_axis((0, 0, 1), [0, 90, 180]))
    expected = [spectra.molecular_spectrum for spectra in calculator.predict(frames)]
    np.testing.assert_allclose(
        [line.get_ydata() for line in scanned.lines], np.mean(expected, axis=0), rtol=1e-5, atol=1e-7
    )


def test_structures_far_from_the_training_are_said(
    calculator: SpectrumCalculator, model: NeuralNetworkPotential
) -> None:
    """Once, where intensities are far below zero."""
    frames = [molecule("CH4"), molecule("C2H6"), molecule("C6H6")]
    with pytest.warns(UserWarning, match=r"Structure 0 \(CH4\) has intensities far below zero, 0\.\d\d of") as said:
        list(itertools.chain(calculator.predict(frames), calculator.predict(frames)))
    assert len(said) == 1
    calculator = SpectrumCalculator(model)
    torch.nn.init.constant_(model.output_modules[0].outnet[-1].bias, 100.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(calculator.predict(frames))
