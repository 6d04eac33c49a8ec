"""Photoelectron spectra of a file of structures."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from ase.io import write
from matplotlib.text import Text
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.cli import main
from schnetpack_isd.models import save_model
from schnetpack_isd.prediction import BindingEnergies, PredictionRequest, SpectrumPredictor, predict_file
from schnetpack_isd.prediction.record import PredictionRecord
from schnetpack_isd.prediction.xps_figure import plot_xps_results
from schnetpack_isd.prediction.xps_file import StructureLines, XPSResults
from schnetpack_isd.spectra import xps_spectrum

PREDICT = ["predict", "ethanol.xyz", "--model"]


def read(path: str) -> tuple[list[str], dict[str, np.ndarray]]:
    """Comments and columns of a table."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    names = lines[len(comments)].split(",")
    return comments, dict(zip(names, np.loadtxt(lines[len(comments) + 1 :], delimiter=",").T, strict=True))


def test_errors_that_go_together_stay_in_the_mean_of_sites_and_others_cancel() -> None:
    deviations = np.array([[0.3, 0.3, -0.3], [-0.1, -0.1, 0.1]])
    lines = BindingEnergies(np.arange(3), np.full(3, 290.0), deviations)
    np.testing.assert_allclose(lines.std, np.sqrt((0.09 + 0.01) / 2))
    assert lines.std_of_mean(np.array([0, 1])) == pytest.approx(np.sqrt(0.05))
    assert lines.std_of_mean(np.array([1, 2])) == pytest.approx(0.0)
    assert BindingEnergies(np.arange(3), np.full(3, 290.0)).std_of_mean(np.array([0])) is None


@pytest.mark.usefixtures("ensembles")
def test_a_table_and_a_figure_are_written_and_nothing_else(folder: Path, capsys: pytest.CaptureFixture) -> None:
    before = set(folder.iterdir())
    command = ["predict", "ethanol.xyz", "frames.extxyz", "--index", "0", "--model", "tensors.safetensors"]
    command += ["--energy-shift", "-6.5", "--xps", "out.csv", "--xps", "out.png", "--xps-fwhm", "0.8"]
    assert main(command) == 0
    assert capsys.readouterr().out.splitlines() == ["out.csv", "out.png"]
    assert {path.name for path in set(folder.iterdir()) - before} == {"out.csv", "out.png"}
    assert Path("out.png").read_bytes().startswith(b"\x89PNG")
    comments, table = read("out.csv")
    [spectra] = SpectrumPredictor("tensors.safetensors", energy_shift=-6.5).predict(molecule("CH3CH2OH"))
    lines = BindingEnergies.of(spectra)
    expected = xps_spectrum(lines.values, table["energy_eV"], 0.8)
    np.testing.assert_allclose(table["0_C2H6O_xps"], expected, rtol=1e-3, atol=1e-4)
    assert len(table) == 3
    text = "\n".join(comments)
    for comment in (
        "# model: tensors.safetensors",
        "# gaussian_fwhm_eV: 0.8",
        "# lorentzian_fwhm_eV: 0.1",
        "# binding_energy_shift_eV: -6.5",
        "# binding_energy_shift_std_eV: not recorded",
        f"# binding energy of structure 0, C1: {lines.values[1]:.3f} ± {lines.std[1]:.3f} eV",
        "# column 2: structure 0 (ethanol.xyz@0), C2H6O, 2 sites",
        "# column 3: structure 1 (frames.extxyz@0)",
    ):
        assert comment in text


@pytest.mark.usefixtures("folder")
def test_binding_energies_move_by_the_shift_of_thresholds(tensor_model: NeuralNetworkPotential) -> None:
    tensor_model.output_modules[0].experimental_axis = "-7.4+-0.2, thresholds -6.65+-0.21"
    save_model(tensor_model, "known")
    arguments = ["--experimental-axis", "-o", "spectra.csv", "--xps", "out.csv", "--xps", "out.svg"]
    assert main([*PREDICT, "known", *arguments]) == 0
    comments, table = read("out.csv")
    assert "# binding_energy_shift_eV: -6.65" in comments
    assert "# binding_energy_shift_std_eV: 0.21" in comments
    [spectra] = SpectrumPredictor("known").predict(molecule("CH3CH2OH"))
    expected = xps_spectrum(spectra.ionization_energy - 6.65, table["energy_eV"])
    np.testing.assert_allclose(table["0_C2H6O_xps"], expected, rtol=1e-4, atol=1e-6)
    figure = Path("out.svg").read_text(encoding="utf-8")
    assert "experimental axis: shifted by \N{MINUS SIGN}6.65 ± 0.21 eV" in figure


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        ("best_model", ["--xps", "out.csv"], "best_model predicts no ionisation thresholds, which XPS spectra"),
        ("nothing", ["--xps", "out.hdf5"], "out.hdf5: the name of a figure must end in one of"),
        ("nothing", ["--xps", "mine.csv"], "mine.csv exists. Replace it with `--force`"),
        ("nothing", ["--xps", "ethanol.xyz", "--force"], "ethanol.xyz is an input of this command"),
        ("nothing", ["--xps", "out.csv", "--xps", "out.csv"], "out.csv is the name of two outputs"),
        ("nothing", ["--xps", "out.csv", "-o", "out.csv"], "out.csv is the name of two outputs"),
        ("nothing", ["--xps", "nowhere/out.csv"], "the folder nowhere does not exist"),
        ("nothing", ["--xps", "out.csv", "--shard", "1/2", "-o", "out.hdf5"], "of parts cannot be merged"),
        ("nothing", ["--xps", "out.csv", "--xps-fwhm", "-1"], "must be a number of eV that is not negative, not -1.0"),
        ("nothing", ["--xps-fwhm", "1"], "--xps-fwhm needs --xps FILE"),
    ],
)  # fmt: skip
def test_mistakes_are_named_and_nothing_is_written(
    model: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture, folder: Path
) -> None:
    Path("nothing").write_text("not a model")  # all but the thresholds is checked before it is loaded
    Path("mine.csv").write_text("mine")
    before = set(folder.iterdir())
    assert main([*PREDICT, model, *arguments]) == 1
    assert message in capsys.readouterr().err
    assert set(folder.iterdir()) == before
    assert Path("mine.csv").read_text() == "mine"


@pytest.mark.filterwarnings("ignore:.*implausible intensities:UserWarning")  # of an untrained model
def test_binding_energies_need_thresholds(spectrum_model: NeuralNetworkPotential) -> None:
    [spectra] = SpectrumPredictor(spectrum_model).predict(molecule("CH4"))
    with pytest.raises(ValueError, match="predicts no ionisation thresholds"):
        BindingEnergies.of(spectra)


@pytest.fixture
def record(folder: Path) -> PredictionRecord:
    return predict_file(PredictionRequest(folder / "ethanol.xyz"), "tensor_model", xps="first.csv", progress=False)


def drawn(record: PredictionRecord, *lines: list[float], extrapolated: bool = False) -> XPSResults:
    structures = [
        StructureLines(number, "", "C6H6", BindingEnergies(np.arange(len(values)), np.array(values)), extrapolated)
        for number, values in enumerate(lines)
    ]
    return XPSResults(structures, record)


def test_equal_sites_are_one_stick_and_the_axis_is_inverted(record: PredictionRecord) -> None:
    [ax] = plot_xps_results(drawn(record, [290.0, 290.02, 290.04, 295.0], extrapolated=True)).axes
    assert [text.get_text() for text in ax.texts] == ["C0\N{EN DASH}C2", "C3"]
    [sticks] = ax.collections
    np.testing.assert_allclose([stick[0][0] for stick in sticks.get_segments()], [290.02, 295.0])
    heights = [stick[1][1] for stick in sticks.get_segments()]
    assert heights[0] == pytest.approx(3 * heights[1])
    [line] = ax.lines
    assert line.get_ydata().max() == pytest.approx(heights[0], rel=0.02)
    assert ax.get_xlim()[0] > ax.get_xlim()[1]
    assert np.all(np.diff(line.get_xdata()) > 0)
    assert ax.get_title() == "C$_{6}$H$_{6}$\nEXTRAPOLATED: unlike the training data"


def test_positions_have_error_bars_that_move_sticks_and_not_the_outline(record: PredictionRecord) -> None:
    values, deviations = np.array([290.0, 290.02, 295.0]), np.array([[0.1, 0.1, 0.4], [-0.1, -0.1, -0.4]])
    lines = BindingEnergies(np.arange(3), values, deviations)
    [ax] = plot_xps_results(XPSResults([StructureLines(0, "", "C6H6", lines)], record)).axes
    _, bars = ax.collections
    for bar, line, std in zip(bars.get_segments(), (290.01, 295.0), (0.1, 0.4), strict=True):
        np.testing.assert_allclose(bar[:, 0], [line - std, line + std])
    heights = [stick[1][1] for stick in ax.collections[0].get_segments()]
    np.testing.assert_allclose([bar[0, 1] for bar in bars.get_segments()], np.array(heights) / 2)
    assert "position" in ax.get_legend_handles_labels()[1][2]


def test_close_lines_have_labels_that_do_not_overlap(record: PredictionRecord) -> None:
    figure = plot_xps_results(drawn(record, [290.0 + 0.1 * number for number in range(9)]))
    [ax] = figure.axes
    figure.draw_without_rendering()
    boxes = sorted((Text.get_window_extent(label) for label in ax.texts), key=lambda box: box.x0)  # without the arrows
    assert len(boxes) == 9
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert all(box.y1 < ax.get_window_extent().y1 for box in boxes)


def test_structures_that_are_not_drawn_are_counted(record: PredictionRecord) -> None:
    results = drawn(record, *([290.0 + number] for number in range(14)))
    with pytest.warns(UserWarning, match="has the first 12 of 14 structures; a table"):
        figure = plot_xps_results(results)
    assert len(figure.axes) == 12
    assert figure.legends[0].get_title().get_text() == "the first 12 of 14 structures"


@pytest.mark.usefixtures("folder")
def test_skipped_structures_have_no_spectrum() -> None:
    write("three.xyz", [molecule("CH4"), molecule("H2O"), molecule("C2H6")])
    request = PredictionRequest("three.xyz", skip_invalid=True)
    with pytest.warns(UserWarning, match="Skipped 1 of 3"):
        predict_file(request, "tensor_model", xps=["out.csv"], progress=False)
    comments, table = read("out.csv")
    assert list(table) == ["energy_eV", "0_CH4_xps", "2_C2H6_xps"]
    assert "# skipped: 1" in comments
