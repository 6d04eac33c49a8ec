"""Imported models for SchNetPack's commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData
from support.authors import TEMPLATE, assert_close, inputs_of
from support.commands import run_command

from schnetpack_isd.cli import main
from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.evaluation import EvaluationRequest, evaluate_file
from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.pretrained import PAPER_INTENSITY_SCALE, import_to_file
from schnetpack_isd.testing import published_layout as layout
from schnetpack_isd.testing.authors_network import Reference, random_state, write_files


@pytest.fixture
def files(tmp_path: Path, theirs: Reference) -> tuple[Path, Path]:
    """Weights and their configuration."""
    return write_files(tmp_path, theirs.state, theirs.config)


def test_the_file_holds_the_imported_model(files: tuple[Path, Path], theirs: Reference) -> None:
    import_to_file("best_model", *files)
    model = load_spectrum_model("best_model").module
    assert_close(model(inputs_of(theirs.atoms, theirs.directions))["spectrum"], theirs.output)


def test_the_command_describes_the_model(files: tuple[Path, Path], capsys: pytest.CaptureFixture) -> None:
    weights, config = map(str, files)
    assert main(["import-weights", weights, "--config", config]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "best_model: 32 features, 3 interactions, 16 Gaussians, cutoff 8 A, elements H to F",
        "symmetric message: yes; directional embedding: yes; output layers: 1",
        "24 energies from 288 to 310 eV, intensity scale 0.000117042",
    ]


def test_an_existing_output_is_kept_unless_it_may_be_replaced(files: tuple[Path, Path]) -> None:
    Path("best_model").write_text("mine")
    with pytest.raises(FileExistsError, match="best_model exists"):
        import_to_file("best_model", *files)
    assert Path("best_model").read_text() == "mine"
    import_to_file("best_model", *files, overwrite=True)
    load_spectrum_model("best_model")


@pytest.mark.parametrize("number", [0, 1])
def test_the_output_must_not_be_one_of_the_inputs(files: tuple[Path, Path], number: int) -> None:
    with pytest.raises(ValueError, match="is an input of this command"):
        import_to_file(files[number], *files, overwrite=True)


def test_spkpredict_runs_an_imported_model(tmp_path: Path, files: tuple[Path, Path], theirs: Reference) -> None:
    import_to_file("best_model", *files)
    dataset = ASEAtomsData.create("four.db", "Ang", {"direction": "1", "site_mask": "1"})
    properties = [{"direction": theirs.directions[None], "site_mask": np.ones(len(atoms))} for atoms in theirs.atoms]
    dataset.add_systems(properties, theirs.atoms)
    result = run_command(
        "spkpredict", tmp_path, f"datapath={tmp_path / 'four.db'}", f"modeldir={tmp_path}", "outputdir=predictions",
        "cutoff=8.0", "write_interval=batch", "trainer.accelerator=cpu",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    predicted = torch.load(tmp_path / "predictions" / "0" / "0.pt")
    assert_close(predicted["spectrum"], theirs.output, tolerance=2e-5)


def test_an_imported_model_is_evaluated_on_published_files(tmp_path: Path) -> None:
    config = {"cutoff": 8.0, "symmetric_message": True, "message_factor_normalize": False}
    state = random_state(TEMPLATE, n_features=16, n_layers=2, n_rbf=8, n_energies=256)
    import_to_file("best_model", *write_files(tmp_path, state, config))
    sites = {number: [0, 1] for number in range(1, 8)}
    spectra, structures = tmp_path / "site_spectra_0.5eV.hdf5", tmp_path / "dsgdb9nsd.xyz.tar.bz2"
    layout.write_site_spectra(spectra, sites)
    layout.write_qm9_archive(structures, layout.made_up_structures(sites, dict.fromkeys(sites, 2)))
    settings = SpectrumSettings(scale=PAPER_INTENSITY_SCALE)
    convert_spectra(spectra, structures, "out.db", settings, progress=False)
    [evaluation] = evaluate_file(EvaluationRequest("out.db"), ["best_model"], progress=False).evaluations.values()
    assert evaluation.predicted.shape == (14, 3, 256)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give either a file of weights or the name of published ones"),
        (["one.pt", "--download", "random_split"], "Give either a file of weights or the name of published ones"),
        (["--download", "random_split", "--config", "mine.yaml"], "leave out config"),
        (["--download", "random_split", "--cutoff", "5"], "leave out cutoff"),
        (["one.pt", "--folder", "here"], "needs the name of published weights"),
        (["one.pt", "--output", "."], "The output must be a file"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(
    capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    assert main(["import-weights", *arguments]) == 1
    assert message in capsys.readouterr().err
