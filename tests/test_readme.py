"""README and documentation: their Python blocks run, their commands are understood."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from ase.build import molecule
from ase.io import write
from hydra import compose, initialize_config_module
from support.beamline import write_raw_scans

from schnetpack_isd.cli import build_parser
from schnetpack_isd.datasets import SAMPLE_STICKS, SAMPLE_STRUCTURES
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.prediction import PredictionRequest, predict_file

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")])


def blocks(page: Path, language: str) -> list[str]:
    """Fenced blocks of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(program: str) -> list[tuple[str, list[str]]]:
    """Command lines of a program on all pages, by page."""
    found = []
    for page in PAGES:
        for block in blocks(page, "bash"):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0] == program:
                    found.append((page.name, words[1:]))
    return found


@pytest.fixture
def _files(tmp_path: Path, make_model: Callable, make_tensor_model: Callable) -> None:
    """The files that the pages name, with small models of random weights."""
    head = {"energies": np.linspace(290.0, 306.0, 257), "n_out": 257, "intensity_scale": 1.0}
    model = make_model(head=head).float()
    widths = {"n_basis": 128, "basis_broadening": "threshold-4.5:0.3 threshold+9.5:2.0"}
    tensor_model = make_tensor_model(head=head | widths).float()
    model.output_modules[0].elements = tensor_model.output_modules[0].elements = ["C", "H", "O"]
    for known in (model, tensor_model):
        known.output_modules[0].experimental_axis = "-7.4+-0.2, thresholds -6.65+-0.21"
    for layer in (model.output_modules[0].outnet[-1], tensor_model.output_modules[0].isotropic[-1]):
        torch.nn.init.constant_(layer.bias, 5.0)  # plausible intensities
    for path in ("demo/runs/demo/best_model", "runs/first/best_model", "runs/ID/best_model"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        torch.save(tensor_model, tmp_path / path)
    (tmp_path / "runs/tensor").mkdir()
    torch.save(tensor_model, tmp_path / "runs/tensor/best_model")
    write(tmp_path / "molecule.xyz", molecule("CH3CH2OH"))
    (tmp_path / "sticks.hdf5").symlink_to(SAMPLE_STICKS)
    (tmp_path / "structures.extxyz").symlink_to(SAMPLE_STRUCTURES)
    calculator = SpectrumCalculator(model)
    spectrum = calculator.get_property("isotropic_molecular_spectrum", molecule("C6H6"))
    np.savetxt(tmp_path / "measured.dat", np.column_stack([calculator.energies - 7.0, spectrum]))
    write_raw_scans(tmp_path)
    with_tensors = PredictionRequest(tmp_path / "molecule.xyz", tensor=True)
    predict_file(with_tensors, tensor_model, tmp_path / "tensors.npz", progress=False)
    np.savetxt(tmp_path / "spectra.csv", np.ones((3, 4)), delimiter=",", header="made\nenergy_eV,a,b,c", comments="# ")


@pytest.mark.usefixtures("_files")
@pytest.mark.filterwarnings("ignore:.*implausible intensities:UserWarning")  # of random weights
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.stem)
def test_the_python_blocks_of_a_page_run_one_after_the_other(page: Path) -> None:
    namespace: dict[str, object] = {}
    for number, block in enumerate(blocks(page, "python")):
        exec(compile(block, f"{page.name}, block {number}", "exec"), namespace)


@pytest.mark.parametrize(
    ("page", "words"), commands("spkisd"), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_commands_are_parsed(page: str, words: list[str]) -> None:
    assert build_parser().parse_args(words).command == words[0], page


@pytest.mark.parametrize(
    ("page", "words"), commands("spktrain"), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_options_of_trainings_exist(page: str, words: list[str]) -> None:
    experiment = next(word for word in words if word.startswith("experiment="))
    if experiment == "experiment=mine":
        pytest.skip("the reader's own experiment")
    with initialize_config_module("schnetpack.configs", version_base="1.2"):
        overrides = [word for word in words if not word.startswith(("--", "hydra."))]
        if "--multirun" in words:
            overrides = [word.split(",")[0] for word in overrides]
        assert compose("train", overrides).data.settings.broadening, page
