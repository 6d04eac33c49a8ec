"""Pages as files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import write
from schnetpack.model import NeuralNetworkPotential
from support.pages import viewed

from schnetpack_isd.cli import main
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.models import save_model
from schnetpack_isd.view.page import build_page

VIEW = ["view", "benzene.xyz", "--model", "ensemble.safetensors", "--output", "view.html"]


@pytest.fixture
def _folder(tmp_path: Path, tensor_ensemble: SpectrumEnsemble) -> None:
    save_model(tensor_ensemble, tmp_path / "ensemble.safetensors")
    write(tmp_path / "benzene.xyz", molecule("C6H6"))


def data_of(html: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html)[1])


@pytest.mark.usefixtures("_folder")
def test_the_command_writes_one_page_with_all_structures() -> None:
    write("several.xyz", [molecule("CH4"), molecule("H2O"), molecule("C2H4")])
    assert main(["view", "several.xyz", *VIEW[2:], "--energy-shift", "-7"]) == 0
    data = data_of(Path("view.html").read_text(encoding="utf-8"))
    assert [structure["sites"] for structure in data["structures"]] == [[0], [], [0, 1]]
    assert data["structures"][2]["spectra"]["groups"] == [[0, 1]]
    assert data["energies"][0] == 283.0
    assert data["record"]["energy_shift"] == -7.0


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(
    ("structures", "arguments", "message"),
    [
        ([molecule("CH4")] * 51, [], "at most 50 structures"),
        ([Atoms("C101", [(i, 0, 0) for i in range(101)])], [], "has 101 C atoms"),
        ([molecule("H2O")], [], "contains no C atom"),
        ([molecule("CH4")], ["--output", "view.txt"], "must end in .html"),
        ([molecule("CH4")], ["--output", "benzene.html"], "benzene.html exists"),
    ],
    ids=["structures", "sites", "no sites", "ending", "existing"],
)
def test_what_a_page_cannot_show_is_refused(
    structures: list[Atoms], arguments: list[str], message: str, capsys: pytest.CaptureFixture
) -> None:
    write("given.xyz", structures)
    Path("benzene.html").touch()
    assert main(["view", "given.xyz", *VIEW[2:], *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not Path("view.html").exists()


def test_a_page_is_small_and_forbids_the_network() -> None:
    html = build_page(viewed())
    assert len(html) < 200_000
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", html)


def test_a_page_escapes_names() -> None:
    name = "</script><b>{{data}}"
    html = build_page(viewed(title=name))
    assert name not in html
    assert data_of(html)["title"] == name


def test_the_calculator_has_a_page(tensor_model: NeuralNetworkPotential, tmp_path: Path) -> None:
    view = SpectrumCalculator(tensor_model).view(molecule("C2H4"))
    assert data_of(view.html)["structures"][0]["formula"] == "C2H4"
    assert view._repr_html_().startswith('<iframe title="Spectra of a molecule" sandbox="allow-scripts')
    view.save(tmp_path / "view.html")
    with pytest.raises(FileExistsError, match=r"view\.html exists"):
        view.save(tmp_path / "view.html")
