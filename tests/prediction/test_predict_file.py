"""From a file of structures to a file of spectra."""

from __future__ import annotations

import os
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from ase.build import bulk, molecule
from ase.io import write
from schnetpack.model import NeuralNetworkPotential
from support.commands import run_command
from support.models import AXIS
from support.structures import random_molecule

from schnetpack_isd.cli import main
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.models import save_model
from schnetpack_isd.prediction import PredictionRequest, SpectrumStore, predict_file


@pytest.mark.usefixtures("folder")
def test_a_file_holds_the_spectra_of_the_calculator() -> None:
    request = PredictionRequest(
        "ethanol.xyz", [(0, 0, 2), (1, 1, 0)], isotropic=True, sites=True, energy_shift=-6.5, intensity="raw"
    )
    predict_file(request, "best_model", "out.hdf5", progress=False)
    calculator = SpectrumCalculator("best_model", [(0, 0, 2), (1, 1, 0)], energy_shift=-6.5, intensity="raw")
    atoms = molecule("CH3CH2OH")
    with SpectrumStore("out.hdf5") as store:
        rows = list(store.rows())
        np.testing.assert_allclose(store.energies, AXIS - 6.5, atol=1e-4)
    assert [row.label for row in rows] == ["xyz(0 0 2)", "xyz(1 1 0)", "isotropic"] * 3
    assert [row.atom for row in rows] == [-1] * 3 + [0] * 3 + [1] * 3
    sites = calculator.get_property("spectrum", atoms)
    np.testing.assert_allclose([row.spectrum for row in rows[3:5]], sites[0], rtol=1e-5)
    average = calculator.get_property("isotropic_molecular_spectrum", atoms)
    np.testing.assert_allclose(rows[2].spectrum, average, rtol=1e-5)
    assert rows[2].quadrature_error == pytest.approx(
        calculator.get_property("isotropic_molecular_error", atoms), rel=1e-4
    )
    np.testing.assert_allclose(rows[1].direction, [0.5**0.5, 0.5**0.5, 0], atol=1e-12)
    assert np.isnan(rows[2].direction).all()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("output", ["out.hdf5", "out.npz"])
def test_a_file_holds_the_tensors_of_the_calculator(output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schnetpack_isd.prediction.store.TENSOR_BLOCK", 4)
    monkeypatch.setattr("schnetpack_isd.prediction.tables.BLOCK", 200)  # intensities
    command = ["predict", "ethanol.xyz", "frames.extxyz", "--model", "tensor_model", "--direction", "0", "0", "1"]
    assert main([*command, "--tensor", "--sites", "-o", output]) == 0
    if output == "out.npz":
        columns = dict(np.load(output))
    else:
        with h5py.File(output) as file:
            columns = {name: file[name][:] for name in ("tensor_structure", "tensor_atom", "tensor")}
            assert file.attrs["tensor"] == "yes"
            assert file["tensor"].attrs["units"] == "arb. unit"
    frames = [molecule("CH3CH2OH"), *(random_molecule(seed, n_atoms=6) for seed in range(7))]
    calculator = SpectrumCalculator("tensor_model")
    numbers, atoms, tensors = [], [], []
    for number, structure in enumerate(frames):
        atoms += [-1, *calculator.get_property("site_atom", structure).tolist()]
        numbers += [number] * (len(atoms) - len(numbers))
        tensors += [calculator.get_property("molecular_tensor", structure)]
        tensors += [*calculator.get_property("spectrum_tensor", structure)]
    assert columns["tensor_structure"].tolist() == numbers
    assert columns["tensor_atom"].tolist() == atoms
    np.testing.assert_allclose(columns["tensor"], tensors, rtol=0, atol=1e-5 * np.max(tensors))


@pytest.mark.usefixtures("folder")
def test_a_file_holds_the_predicted_thresholds() -> None:
    request = PredictionRequest("ethanol.xyz", ["x"], sites=True, energy_shift=-6.5)
    predict_file(request, "tensor_model", "out.hdf5", progress=False)
    calculator, atoms = SpectrumCalculator("tensor_model"), molecule("CH3CH2OH")
    expected = calculator.get_property("ionization_energy", atoms) - 6.5
    with SpectrumStore("out.hdf5") as store:
        rows = list(store.rows())
    found = np.array([row.ionization_energy for row in rows])
    np.testing.assert_allclose(found, [np.nan, *expected], rtol=1e-6)
    assert f"atom 0 (ionisation threshold {expected[0]:.2f} eV), along x" in rows[1].description


@pytest.mark.usefixtures("folder")
def test_energies_and_thresholds_are_shifted_to_measured_ones(
    tensor_model: NeuralNetworkPotential, capsys: pytest.CaptureFixture
) -> None:
    arguments = [
        "predict",
        "ethanol.xyz",
        "--sites",
        "--direction",
        "0",
        "0",
        "1",
        "--experimental-axis",
        "-o",
        "out.csv",
    ]
    assert main([*arguments, "--model", "tensor_model"]) == 1
    assert "tensor_model does not know the shift to the experimental axis" in capsys.readouterr().err
    tensor_model.output_modules[0].experimental_axis = "-7.4+-0.2, thresholds -6.65+-0.21"
    save_model(tensor_model, "known")
    assert main([*arguments, "--model", "known", "--plot", "out.pdf"]) == 0
    lines = Path("out.csv").read_text().splitlines()
    assert "# energy_shift: -7.4" in lines
    assert "# experimental_axis: -7.4+-0.2, thresholds -6.65+-0.21" in lines
    threshold = SpectrumCalculator("known").get_property("ionization_energy", molecule("CH3CH2OH"))[0]
    assert any(f"atom 0 (ionisation threshold {threshold - 6.65:.2f} eV)" in line for line in lines)
    with pytest.raises(ValueError, match="not both"):
        SpectrumCalculator("known", energy_shift=1.0, experimental_axis=True)


@pytest.mark.usefixtures("folder")
def test_a_file_without_sites_holds_molecular_tensors_only() -> None:
    predict_file(PredictionRequest("frames.extxyz", tensor=True), "tensor_model", "out.hdf5", progress=False)
    with SpectrumStore("out.hdf5") as store:
        assert [(row.structure, row.atom) for row in store.tensors()] == [(number, -1) for number in range(7)]


@pytest.mark.usefixtures("folder")
def test_a_file_has_no_tensors_unless_they_are_requested() -> None:
    record = predict_file(PredictionRequest("ethanol.xyz"), "tensor_model", "out.hdf5", progress=False)
    with SpectrumStore("out.hdf5") as store:
        assert "tensor" not in store.columns
        assert list(store.tensors()) == []
    assert not record.tensor


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("model", "outputs", "message"),
    [
        ("nothing", ["-o", "out.csv"], "out.csv: files that end in .csv cannot hold tensors (`--tensor`)"),
        ("nothing", ["-o", "out.xdi"], "out.xdi: files that end in .xdi cannot hold tensors (`--tensor`)"),
        ("nothing", ["--plot", "out.png"], "Tensors (`--tensor`) need an output; a figure does not show them"),
        ("best_model", [], "The model best_model predicts spectra along directions, but no tensors (`--tensor`)"),
    ],
)
def test_tensors_are_refused_by_name(
    model: str, outputs: list[str], message: str, capsys: pytest.CaptureFixture, folder: Path
) -> None:
    Path("nothing").write_text("not a model")  # formats are checked first
    before = set(folder.iterdir())
    assert main(["predict", "ethanol.xyz", "--model", model, "--tensor", *outputs]) == 1
    assert message in capsys.readouterr().err
    assert set(folder.iterdir()) == before


@pytest.mark.usefixtures("folder")
def test_the_record_says_where_spectra_come_from() -> None:
    request = PredictionRequest("ethanol.xyz", ["z"], sites=True, energy_shift=-6.5)
    record = predict_file(request, "best_model", "out.hdf5", progress=False)
    with SpectrumStore("out.hdf5") as store:
        assert store.record == record
    assert (record.model, record.structures) == ("best_model", "ethanol.xyz")
    assert len(record.model_sha256 or "") == len(record.structures_sha256) == 64
    assert (record.absorbing_element, record.intensity, record.intensity_scale) == ("C", "normalised", 0.25)
    assert (record.labels, record.sites, record.energy_shift, record.broadening) == (("z",), True, -6.5, None)
    assert (record.tensor, record.isotropic_average) == (False, "quadrature")


@pytest.mark.usefixtures("folder")
def test_a_model_in_memory_can_be_used(spectrum_model: NeuralNetworkPotential) -> None:
    record = predict_file(PredictionRequest("ethanol.xyz", ["z"]), spectrum_model, "out.hdf5", progress=False)
    assert (record.model, record.model_sha256) == ("in memory", None)
    with SpectrumStore("out.hdf5") as store:
        assert store.record == record


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.xyz"], r"none\.xyz: no such file"),
        (["best_model"], r"best_model: Structure 0: the format of the file is unknown to ASE"),
        (["water.xyz"], r"water\.xyz: Structure 1 \(H2O\) contains no C atom; the model predicts spectra of C only"),
        (["ethanol.xyz", "--direction", "0", "0", "0"], r"Direction 0 is \[0\.0, 0\.0, 0\.0\]; it must be finite"),
        (["ethanol.xyz", "--scan", "0", "0", "0"], r"Direction 0 is .* not zero"),
        (["ethanol.xyz", "--scan", "0", "0", "1", "--scan", "0", "1", "0"], "--scan can be given once"),
        (["ethanol.xyz", "--scan-steps", "3"], "--scan-steps needs --scan X Y Z"),
        (["ethanol.xyz", "--plane-normal", "0", "0", "1"], r"xyz: Structure 0 \(C2H6O\): .*hkl\(0 0 1\) needs"),
        (["crystal.cif", "--lattice-direction", "0", "0", "0"], r"The direction \(0 0 0\) is zero"),
        (["ethanol.xyz", "--direction", "1", "1", "0", "--direction", "1", "1", "0"], r"xyz\(1 1 0\) occurs twice"),
        (["ethanol.xyz", "--batch-size", "0"], "batch size must be at least 1"),
        (["ethanol.xyz", "--shard", "3/2"], "A shard must be I/N"),
        (["ethanol.xyz", "--shard", "1/2"], r"The output of a shard must end in \.hdf5"),
        (["ethanol.xyz", "--device", "nowhere"], "nowhere"),
        (["ethanol.xyz", "--plot", "out.foo"], r"out\.foo: the name of a figure must end in one of"),
        (["ethanol.xyz", "--plot", "nowhere/out.png"], r"Cannot write nowhere/out\.png: the folder nowhere does"),
        (["ethanol.xyz", "-o", "nowhere/out.csv"], r"Cannot write nowhere/out\.csv: the folder nowhere does not exist"),
        (["ethanol.xyz", "-o", "out.txt"], r"out\.txt: the name must end in one of \.hdf5, \.h5, \.npz, \.csv, \.xdi"),
        (["ethanol.xyz", "--model", "ethanol.xyz"], r"ethanol\.xyz: not a model that can be loaded"),
        (["ethanol.xyz", "--model", "no_spectrum"], r"no_spectrum: .* predicts no spectrum"),
        (["ethanol.xyz", "--model", "random_splat"], r"random_splat.*random_split, scaffold_split, wo_SM"),
    ],
)  # fmt: skip
def test_invalid_input_is_named_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    before = set(folder.iterdir())
    assert main(["predict", "--model", "best_model", "-o", "out.csv", *arguments]) == 1
    assert re.search(message, capsys.readouterr().err)
    assert set(folder.iterdir()) == before


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", [["-o", "in.xdi"], ["-o", "out.csv", "--plot", "in.xdi"], ["-o", "m.hdf5"]])
def test_no_output_may_be_an_input(capsys: pytest.CaptureFixture, arguments: list[str]) -> None:
    Path("ethanol.xyz").rename("in.xdi")  # ASE recognises the contents
    Path("m.hdf5").hardlink_to("best_model")
    before = {name: Path(name).read_bytes() for name in ("in.xdi", "best_model")}
    assert main(["predict", "in.xdi", "--model", "best_model", "--force", *arguments]) == 1
    assert "is an input of this command" in capsys.readouterr().err
    assert before == {name: Path(name).read_bytes() for name in before}


def test_a_structure_that_fails_leaves_no_output(folder: Path) -> None:
    broken = molecule("CH4")
    broken.positions[2] = np.nan
    write("nan.xyz", [molecule("CH4"), broken])
    with pytest.raises(ValueError, match=r"nan\.xyz: Structure 1 \(CH4\) has positions or a cell that are not finite"):
        predict_file(PredictionRequest("nan.xyz"), "best_model", "out.csv", progress=False)
    assert not list(folder.glob("*out.csv*"))


@pytest.mark.parametrize("output", ["out.hdf5", "out.csv", "out.npz"])
def test_a_full_disk_gives_one_message_and_leaves_nothing(folder: Path, output: str) -> None:
    write("many.extxyz", [molecule("C6H6")] * 300)
    before = set(folder.iterdir())
    command = ("predict", "many.extxyz", "--model", "best_model", "--sites", "-o", output)
    result = run_command("spkisd", folder, *command, largest_file=1 << 20)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert f"spkisd predict: Cannot write {output}: File too large. Free some space" in result.stderr
    assert set(folder.iterdir()) == before


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("output", ["out.hdf5", "out.csv", "out.npz", "out.xdi"])
def test_names_of_files_need_not_be_utf8(output: str) -> None:
    name = os.fsdecode(b"\xe9thanol.xyz")
    Path("ethanol.xyz").rename(name)
    record = predict_file(PredictionRequest(name), "best_model", output, progress=False)
    assert record.structures == "\\xe9thanol.xyz"


@pytest.mark.usefixtures("folder")
def test_there_is_an_output_by_default(capsys: pytest.CaptureFixture) -> None:
    command = ["predict", "ethanol.xyz", "--model", "best_model"]
    assert main(command) == main([*command, "--shard", "1/2"]) == 0
    assert capsys.readouterr().out.splitlines() == ["ethanol_spectra.csv", "ethanol_spectra_1_of_2.hdf5"]
    assert main(["predict", "ethanol.xyz", "--model", "tensor_model", "--tensor"]) == 0
    assert capsys.readouterr().out.splitlines() == ["ethanol_spectra.hdf5"]
    assert main(command) == 1
    assert "ethanol_spectra.csv exists. Replace it with `--force`" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_several_files_and_a_selection_of_frames() -> None:
    request = PredictionRequest(["frames.extxyz", "ethanol.xyz"], ["z"], index="::3")
    predict_file(request, "best_model", "out.hdf5", progress=False)
    with SpectrumStore("out.hdf5") as store:
        rows = list(store.rows())
        assert store.record.structures == "frames.extxyz; ethanol.xyz"
    assert [row.structure for row in rows] == [0, 1, 2, 3]
    assert [row.source for row in rows] == ["frames.extxyz@0", "frames.extxyz@3", "frames.extxyz@6", "ethanol.xyz@0"]


@pytest.mark.usefixtures("folder")
def test_invalid_structures_can_be_skipped(capsys: pytest.CaptureFixture) -> None:
    text = Path("frames.extxyz").read_text()
    broken = molecule("CH4")
    broken.positions[1] = broken.positions[0]
    write("broken.extxyz", broken)
    Path("all.extxyz").write_text(text + Path("broken.extxyz").read_text() + Path("water.xyz").read_text() + text[:150])
    command = ["predict", "all.extxyz", "--model", "best_model", "-o", "out.hdf5"]
    assert main(command) == 1
    assert "all.extxyz: Structure 10: it ends after" in capsys.readouterr().err  # read in the first batch
    assert not Path("out.hdf5").exists()
    assert main([*command, "--skip-invalid"]) == 0
    said = capsys.readouterr().err
    assert "warning: Skipped 3 of 11 structures:" in said
    assert "all.extxyz: Structure 7 (CH4): atoms 0 (C) and 1 (H) are 0 Å apart" in said
    assert "all.extxyz: Structure 9 (H2O) contains no C atom" in said
    assert "all.extxyz: Structure 10: it ends after" in said
    with SpectrumStore("out.hdf5") as store:
        assert store.record.skipped == 3
        assert sorted({row.structure for row in store.rows()}) == [0, 1, 2, 3, 4, 5, 6, 8]


def test_a_file_without_any_valid_structure_is_refused(folder: Path) -> None:
    write("oxygen.xyz", [molecule("O2"), molecule("H2O")])
    request = PredictionRequest("oxygen.xyz", skip_invalid=True)
    with (
        pytest.warns(UserWarning, match="Skipped 2 of 2 structures"),
        pytest.raises(ValueError, match=r"oxygen\.xyz: no structure could be predicted"),
    ):
        predict_file(request, "best_model", "out.hdf5", progress=False)
    assert not (folder / "out.hdf5").exists()


@pytest.fixture
def _implausible(folder: Path, spectrum_model: NeuralNetworkPotential) -> None:
    torch.nn.init.constant_(spectrum_model.output_modules[0].outnet[-1].bias, 1e4)
    torch.save(spectrum_model.float(), folder / "best_model")


@pytest.mark.usefixtures("_implausible")
def test_implausible_intensities_are_refused_unless_they_are_allowed(capsys: pytest.CaptureFixture) -> None:
    command = ["predict", "ethanol.xyz", "--model", "best_model", "--plot", "out.png"]
    assert main([*command, "-o", "out.csv"]) == 1
    assert re.search(
        r"ethanol\.xyz: Structure 0 \(C2H6O\) has site spectra with implausible .*--allow-extrapolation",
        capsys.readouterr().err,
    )
    assert not Path("out.csv").exists()
    assert not Path("out.png").exists()
    assert main([*command, "-o", "out.csv", "--allow-extrapolation"]) == 0
    assert "warning: ethanol.xyz: Structure 0 (C2H6O) has site spectra with implausible" in capsys.readouterr().err
    text = Path("out.csv").read_text()
    assert "# extrapolated: 1" in text
    assert "EXTRAPOLATED: unlike the training data, or implausible intensities" in text


@pytest.mark.usefixtures("folder")
def test_directions_with_the_same_numbers_are_kept_apart() -> None:
    crystal = bulk("SiC", "wurtzite", a=3.08, c=5.05)
    write("wurtzite.xyz", crystal)
    kinds = ("direction", "lattice-direction", "plane-normal")
    directions = [option for kind in kinds for option in (f"--{kind}", "1", "1", "0")]
    assert main(["predict", "wurtzite.xyz", "--model", "best_model", *directions, "-o", "out.npz"]) == 0
    with np.load("out.npz") as arrays:
        assert arrays["label"].tolist() == ["xyz(1 1 0)", "uvw[1 1 0]", "hkl(1 1 0)"]
        a, b, c = crystal.cell.array
        expected = np.array([[1, 1, 0], a + b, np.cross(b, c) + np.cross(c, a)])
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        np.testing.assert_allclose(arrays["direction"], expected, atol=1e-6)


@pytest.mark.usefixtures("folder")
def test_existing_outputs_are_kept_unless_forced(capsys: pytest.CaptureFixture) -> None:
    Path("out.csv").write_text("mine")
    Path("out.png").write_text("mine")
    command = ["predict", "ethanol.xyz", "--model", "best_model"]
    assert main([*command, "-o", "out.csv"]) == main([*command, "--plot", "out.png"]) == 1
    assert capsys.readouterr().err.count("--force") == 2
    assert Path("out.csv").read_text() == Path("out.png").read_text() == "mine"
    both = ["-o", "out.csv", "--plot", "out.png", "--force"]
    assert main([*command, *both, "--scan", "0", "0", "1", "--sites"]) == 0
    assert Path("out.png").read_bytes().startswith(b"\x89PNG")
    assert "scan15(0_0_1)" in Path("out.csv").read_text()


def test_a_figure_that_cannot_be_drawn_does_not_cost_the_spectra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("schnetpack_isd.prediction.figure.save_figure", fail)
    with pytest.raises(OSError, match="no space left"):
        predict_file(PredictionRequest("ethanol.xyz"), "best_model", "out.csv", figure="out.png", progress=False)
    assert (folder / "out.csv").exists()
    assert not list(folder.glob(".out.csv*"))


@pytest.mark.usefixtures("folder")
def test_elements_outside_the_training_data_are_refused(
    spectrum_model: NeuralNetworkPotential, capsys: pytest.CaptureFixture
) -> None:
    spectrum_model.output_modules[0].elements = ["C", "H"]
    torch.save(spectrum_model.float(), "best_model")
    write("chloromethane.xyz", molecule("CH3Cl"))
    assert main(["predict", "chloromethane.xyz", "--model", "best_model", "-o", "out.csv"]) == 1
    expected = "chloromethane.xyz: Structure 0 (CH3Cl) contains Cl; the model was trained on C, H only"
    assert expected in capsys.readouterr().err
