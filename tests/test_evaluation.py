"""Errors on spectra that are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import N_FEATURES
from schnetpack.data import ASEAtomsData
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.cli import main
from schnetpack_isd.datasets import SpectrumSettings
from schnetpack_isd.evaluation import evaluate, linear_dichroism, mean_spectrum, spectrum_head
from schnetpack_isd.metadata import read_metadata
from schnetpack_isd.transform import RandomDirections

ROWS = [3, 600, 41]


@pytest.fixture
def model(make_model: Callable, sample_db: str) -> NeuralNetworkPotential:
    metadata = read_metadata(ASEAtomsData(sample_db))
    head = {
        "n_out": 256,
        "energies": metadata["energies"],
        "intensity_scale": metadata["intensity_scale"],
    }
    return make_model(head=head).float()


def test_spectra_are_those_of_the_rows_asked_for(model: NeuralNetworkPotential, sample_db: str) -> None:
    evaluation = evaluate(model, sample_db, ROWS, batch_size=2, progress=False)
    rows = [ASEAtomsData(sample_db)[row] for row in ROWS]
    n_sites = [len(row["spectrum"]) for row in rows]
    assert evaluation.molecule_id.tolist() == [
        int(r["molecule_id"]) for r, n in zip(rows, n_sites, strict=True) for _ in range(n)
    ]
    assert evaluation.site_atom.tolist() == [atom for row in rows for atom in np.flatnonzero(row["site_mask"])]
    np.testing.assert_array_equal(evaluation.calculated, torch.cat([row["spectrum"] for row in rows]))
    assert evaluation.predicted.shape == evaluation.calculated.shape
    assert evaluation.along_axes()


def test_errors_are_means_over_the_energies(model: NeuralNetworkPotential, sample_db: str) -> None:
    evaluation = evaluate(model, sample_db, ROWS, progress=False)
    expected = ((evaluation.predicted - evaluation.calculated) ** 2).mean(axis=2)
    np.testing.assert_allclose(evaluation.squared_errors(), expected, rtol=1e-6)
    constant = np.full(256, 0.5)
    np.testing.assert_allclose(
        evaluation.squared_errors(constant), ((0.5 - evaluation.calculated) ** 2).mean(axis=2), rtol=1e-6
    )


def test_the_mean_spectrum_is_that_of_all_sites_and_directions(sample_db: str) -> None:
    spectra = torch.cat([ASEAtomsData(sample_db)[row]["spectrum"] for row in ROWS])
    np.testing.assert_allclose(mean_spectrum(sample_db, ROWS), spectra.mean(dim=(0, 1)), rtol=1e-5)


def test_linear_dichroism_is_z_minus_the_mean_of_x_and_y() -> None:
    spectra = np.array([[[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]]])
    assert linear_dichroism(spectra).tolist() == [[8.0, 17.0]]


def test_transforms_choose_other_directions(model: NeuralNetworkPotential, sample_db: str) -> None:
    evaluation = evaluate(model, sample_db, ROWS, [RandomDirections(5)], progress=False)
    assert evaluation.calculated.shape[1] == evaluation.predicted.shape[1] == 5
    assert not evaluation.along_axes()


def test_a_model_of_another_axis_or_without_spectrum_is_refused(make_model: Callable, sample_db: str) -> None:
    head = {"n_out": 256, "energies": np.linspace(288.0, 310.0, 256), "intensity_scale": 1.0}
    with pytest.raises(ValueError, match=r"sample.db is on the energy axis 290.00 .* the model on 288.00"):
        evaluate(make_model(head=head), sample_db, ROWS, progress=False)
    with pytest.raises(ValueError, match="predicts no spectrum"):
        spectrum_head(torch.nn.Linear(N_FEATURES, 1))


@pytest.mark.parametrize("arguments", [[], ["--random-directions", "2"]])
def test_the_command_prints_errors_and_draws(
    model: NeuralNetworkPotential, sample_db: str, tmp_path: Path, capsys: pytest.CaptureFixture, arguments: list[str]
) -> None:
    torch.save(model, tmp_path / "best_model")
    np.savez(tmp_path / "split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=ROWS)
    command = ["evaluate", "--model", str(tmp_path / "best_model"), "--split", str(tmp_path / "split.npz"), "--data"]
    assert main([*command, sample_db, "--plot", str(tmp_path / "sites.png"), *arguments]) == 0
    printed = capsys.readouterr().out
    transforms = [RandomDirections(2)] if arguments else []
    expected = evaluate(model, sample_db, ROWS, transforms, progress=False).squared_errors().mean()
    assert f"{expected:.4f}" in printed
    assert ("linear dichroism" in printed) is not bool(arguments)
    assert (tmp_path / "sites.png").read_bytes().startswith(b"\x89PNG")
    assert main([*command, str(tmp_path / "none.db")]) == 1
    assert "none.db: no such file" in capsys.readouterr().err


def test_a_database_without_tensors_has_no_random_directions(sample_settings: SpectrumSettings) -> None:
    with pytest.raises(KeyError, match="tensor: true"):
        RandomDirections()({"spectrum": torch.zeros(1, 3, len(sample_settings.energies))})
