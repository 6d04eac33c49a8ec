"""Imported models for SchNetPack's commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData
from support.authors import TEMPLATE, assert_close
from support.commands import run_command

from schnetpack_isd.cli import main
from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.pretrained import PAPER_INTENSITY_SCALE
from schnetpack_isd.testing import published_layout as layout
from schnetpack_isd.testing.authors_network import (
    Reference,
    random_state,
    write_files,
)


def test_the_command_makes_a_model_for_spkpredict(
    tmp_path: Path, theirs: Reference, capsys: pytest.CaptureFixture
) -> None:
    weights, config = write_files(tmp_path, theirs.state, theirs.config)
    assert main(["import-weights", str(weights), "--config", str(config)]) == 0
    printed = capsys.readouterr().out
    assert "best_model: 32 features, 3 interactions, 16 Gaussians, cutoff 8 A, elements H to F" in printed
    assert "symmetric message: yes; directional embedding: yes; output layers: 1" in printed
    assert "24 energies from 288 to 310 eV, intensity scale 0.000117042" in printed
    before = Path("best_model").read_bytes()
    assert main(["import-weights", str(weights), "--config", str(config)]) == 1
    assert "best_model exists" in capsys.readouterr().err
    assert Path("best_model").read_bytes() == before
    assert main(["import-weights", str(weights), "--config", str(config), "--force"]) == 0
    for output in (weights, config):
        assert main(["import-weights", str(weights), "--config", str(config), "--output", str(output), "--force"]) == 1
        assert "is the file to import" in capsys.readouterr().err

    dataset = ASEAtomsData.create("four.db", "Ang", {"direction": "1", "site_mask": "1"})
    dataset.add_systems(
        [{"direction": theirs.directions[None], "site_mask": np.ones(len(atoms))} for atoms in theirs.atoms],
        theirs.atoms,
    )
    result = run_command(
        "spkpredict", tmp_path, f"datapath={tmp_path / 'four.db'}", f"modeldir={tmp_path}", "outputdir=predictions",
        "cutoff=8.0", "write_interval=batch", "trainer.accelerator=cpu",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    predicted = torch.load(tmp_path / "predictions" / "0" / "0.pt")
    assert_close(predicted["spectrum"], theirs.output, tolerance=2e-5)


def test_the_command_evaluates_an_imported_model(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config = {"cutoff": 8.0, "symmetric_message": True, "message_factor_normalize": False}
    weights, path = write_files(
        tmp_path, random_state(TEMPLATE, n_features=16, n_layers=2, n_rbf=8, n_energies=256), config
    )
    assert main(["import-weights", str(weights), "--config", str(path)]) == 0
    sites = {number: [0, 1] for number in range(1, 8)}
    spectra, structures = tmp_path / "site_spectra_0.5eV.hdf5", tmp_path / "dsgdb9nsd.xyz.tar.bz2"
    layout.write_site_spectra(spectra, sites)
    layout.write_qm9_archive(structures, layout.made_up_structures(sites, dict.fromkeys(sites, 2)))
    settings = SpectrumSettings(scale=PAPER_INTENSITY_SCALE)
    convert_spectra(spectra, structures, "out.db", settings, progress=False)
    np.savez("split.npz", train_idx=[0, 1, 2], val_idx=[3], test_idx=[4, 5, 6])
    assert main(["evaluate", "--model", "best_model", "--data", "out.db", "--split", "split.npz"]) == 0
    assert "6" in capsys.readouterr().out


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
