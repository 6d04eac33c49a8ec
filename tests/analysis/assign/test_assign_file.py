"""The command `spkisd assign`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from ase.io import write

from schnetpack_isd.analysis.assign import AssignmentRequest
from schnetpack_isd.analysis.assign.assign_file import assign_file
from schnetpack_isd.cli import main
from schnetpack_isd.models import SpectrumModel, load_spectrum_model
from schnetpack_isd.prediction import PredictionRequest


@pytest.fixture(scope="module")
def model() -> SpectrumModel:
    """The bundled model."""
    return load_spectrum_model()


@pytest.fixture(autouse=True)
def _structure() -> None:
    write("pyridine.xyz", molecule("C5H5N"))


def test_the_pi_resonance_of_a_flat_ring_is_along_its_normal(model: SpectrumModel) -> None:
    energies = np.linspace(280.0, 300.0, 201)
    np.savetxt("measured.dat", np.column_stack([energies, np.exp(-(((energies - 285.3) / 0.5) ** 2))]))
    request = AssignmentRequest(PredictionRequest("pyridine.xyz", experimental_axis=True), measured="measured.dat")
    assignment = assign_file(request, model, "out.json", figure="out.png")
    first = assignment.peaks[0]
    assert 284 < first.energy < 286.5
    assert first.molecule.polarisation.order > 0.9
    written = json.loads(Path("out.json").read_text())
    assert written["experimental_axis"].startswith("-7.4")
    peak = written["peaks"][0]
    assert peak["molecule"]["angle_to_normal_deg"] < 3
    assert sum(group["share"] for group in peak["groups"]) == pytest.approx(1.0)
    assert len(peak["sites"]) == 5
    assert len(peak["groups"]) == 3  # ortho, meta, para
    assert Path("out.png").stat().st_size > 10_000


def test_a_table_has_a_row_for_each_part_of_each_peak(model: SpectrumModel) -> None:
    assignment = assign_file(AssignmentRequest(PredictionRequest("pyridine.xyz"), sites=True), model, "out.csv")
    lines = [line for line in Path("out.csv").read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert len(rows) == len(assignment.peaks) * (1 + 5 + 5)
    assert [row["part"] for row in rows[:7]] == ["molecule", *["group"] * 5, "site"]
    assert len(rows[0]["atoms"].split()) == 5


def test_the_figure_of_several_molecules_is_without_them(model: SpectrumModel) -> None:
    pair = molecule("C5H5N")
    other = molecule("CH4")
    other.translate([0, 0, 4.5])
    write("pair.xyz", pair + other)
    request = AssignmentRequest(PredictionRequest("pair.xyz", allow_extrapolation=True))
    with pytest.warns(UserWarning, match="no bonds of one neutral molecule"):
        assign_file(request, model, figure="pair.png")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.xyz"], "none.xyz: no such file"),
        (["pyridine.xyz", "-o", "out.txt"], "must end in one of .csv, .json"),
        (["pyridine.xyz", "-o", "out.csv", "--measured", "pyridine.xyz"], "`--plot FILE`"),
        (["pyridine.xyz", "--prominence", "5"], "between 0 and 1"),
        (["two.xyz", "--plot", "out.png"], "two.xyz has several structures"),
        (["pyridine.xyz", "-o", "pyridine.xyz"], "is an input of this command"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    write("two.xyz", [molecule("CH4"), molecule("C2H6")])
    assert main(["assign", *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not Path("out.csv").exists()
