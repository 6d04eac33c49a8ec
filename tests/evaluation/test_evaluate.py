"""Errors on spectra that are known."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from ase.db import connect
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from schnetpack.data import ASEAtomsData
from schnetpack.model import NeuralNetworkPotential
from scipy.spatial.distance import cosine as cosine_distance
from scipy.stats import wasserstein_distance
from support.models import N_FEATURES

from schnetpack_isd.atomistic import spectrum_head
from schnetpack_isd.cli import main
from schnetpack_isd.data import SpectrumSettings
from schnetpack_isd.evaluation.evaluate import evaluate, mean_spectrum, turned
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.plotting import (
    plot_molecule,
    plot_percentiles,
    plot_sorted_errors,
    plot_turned,
    plot_turned_about_axes,
    plot_typical_sites,
)
from schnetpack_isd.transform import RandomDirections

ROWS = [3, 600, 41]


@pytest.fixture
def model(make_model: Callable, sample_db: str) -> NeuralNetworkPotential:
    metadata = DatabaseMetadata.read(ASEAtomsData(sample_db))
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


def test_similarity_and_distance_are_those_of_scipy(model: NeuralNetworkPotential, sample_db: str) -> None:
    evaluation = evaluate(model, sample_db, ROWS, progress=False)
    cosine, distance = evaluation.cosine_similarities(), evaluation.wasserstein_distances()
    assert cosine.shape == distance.shape == evaluation.calculated.shape[:2]
    for site, number in ((0, 0), (2, 1)):
        one, other = evaluation.calculated[site, number], evaluation.predicted[site, number]
        assert cosine[site, number] == pytest.approx(1 - cosine_distance(one, other), abs=1e-5)
        weights = (np.clip(spectrum, 0, None) for spectrum in (one, other))
        expected = wasserstein_distance(evaluation.energies, evaluation.energies, *weights)
        assert distance[site, number] == pytest.approx(expected, rel=1e-3)


def test_a_turned_direction_gives_the_exact_law(model: NeuralNetworkPotential, sample_db: str) -> None:
    """Intensities along a direction that is turned are A + B cos 2 phi + C sin 2 phi."""
    angles = np.radians(np.linspace(0, 180, 19))
    law = np.stack([np.ones(19), np.cos(2 * angles), np.sin(2 * angles)], axis=1)
    for evaluation in turned(model, sample_db, ROWS[0], n_angles=19).values():
        assert evaluation.molecule_id.tolist() == [evaluation.molecule_id[0]] * len(evaluation.calculated)
        exact = evaluation.calculated.sum(axis=0)
        found, *_ = np.linalg.lstsq(law, exact, rcond=None)
        np.testing.assert_allclose(law @ found, exact, atol=1e-4)


def test_figures_and_table_hold_the_errors(
    model: NeuralNetworkPotential, sample_db: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    torch.save(model, "one")
    torch.nn.init.zeros_(model.output_modules[0].outnet[1].weight)
    torch.save(model, "other")
    np.savez("split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=ROWS)
    molecule_id = int(ASEAtomsData(sample_db)[ROWS[0]]["molecule_id"])
    command = ["evaluate", "--model", "one", "--model", "other", "--data", sample_db, "--split", "split.npz"]
    figures = ["--figures", "figures", "--format", "svg"]
    assert main([*command, "--table", "errors.csv", *figures, "--molecule", str(molecule_id)]) == 0
    names = {
        f"{name}.svg" for name in ("sorted_errors", "percentiles", f"molecule_{molecule_id}", f"turned_{molecule_id}")
    }
    assert {path.name for path in (tmp_path / "figures").iterdir()} == names
    with Path("errors.csv").open() as file:
        table = list(csv.DictReader(file))
    expected = evaluate(torch.load("one", weights_only=False), sample_db, ROWS, progress=False)
    first = [row for row in table if row["model"] == "one"]
    assert len(first) * 2 == len(table) == 2 * expected.squared_errors().size
    np.testing.assert_allclose([float(row["mse"]) for row in first], expected.squared_errors().ravel(), rtol=1e-4)
    assert [row["direction"] for row in first[:3]] == ["x", "y", "z"]
    assert first[0]["id"] == str(molecule_id)
    assert main([*command, "--figures", "figures"]) == 1
    assert "figures exists; figures in it are replaced only on demand" in capsys.readouterr().err
    assert main([*command, "--figures", "figures", "--force", "--molecule", "999999"]) == 1
    assert "has no molecule 999999" in capsys.readouterr().err
    np.savez("split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=[700])
    assert main(command) == 1
    assert "it is the split of another database" in capsys.readouterr().err
    Path("split.npz").write_text("1 2 3")
    assert main(command) == 1
    assert "split.npz is not a split file" in capsys.readouterr().err


def drawn(ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Calculated and predicted spectrum of a panel."""
    [area], [line] = ax.collections, ax.lines
    heights = {tuple(vertex) for vertex in area.get_paths()[0].vertices}
    calculated = [max(y for x, y in heights if x == energy) for energy in line.get_xdata()]
    return np.array(calculated), line.get_ydata()


def assert_drawn(ax: Axes, calculated: np.ndarray, predicted: np.ndarray) -> None:
    for found, expected in zip(drawn(ax), (calculated, predicted), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_whole_figures_hold_the_spectra(model: NeuralNetworkPotential, sample_db: str, tmp_path: Path) -> None:
    evaluation = evaluate(model, sample_db, ROWS, progress=False)
    errors = evaluation.squared_errors()

    ranked = np.sort(errors, axis=None)
    panels = plot_percentiles(evaluation, tmp_path / "percentiles.svg").axes
    for ax, rank in zip(panels, (0, round(0.5 * (errors.size - 1)), round(0.95 * (errors.size - 1)), -1), strict=True):
        [where] = np.argwhere(errors == ranked[rank])
        assert_drawn(ax, evaluation.calculated[tuple(where)], evaluation.predicted[tuple(where)])
        assert f"MSE {ranked[rank]:.3g}\nmolecule {evaluation.molecule_id[where[0]]}, atom" in ax.get_title()
        assert ax.get_title().endswith(f"along {'xyz'[where[1]]}")

    order = np.argsort(errors.mean(axis=1))
    panels = plot_typical_sites(evaluation, tmp_path / "sites.svg").axes
    for row, site in enumerate(order[[round(0.05 * (len(order) - 1)), round(0.5 * (len(order) - 1)), -1]]):
        for number, ax in enumerate(panels[3 * row : 3 * row + 3]):
            assert_drawn(ax, evaluation.calculated[site, number], evaluation.predicted[site, number])

    molecule_id = int(evaluation.molecule_id[0])
    atoms = connect(sample_db).get(ROWS[0] + 1).toatoms()
    sites = np.flatnonzero(evaluation.molecule_id == molecule_id)
    _, molecule, *panels = plot_molecule(evaluation, molecule_id, atoms, tmp_path / "molecule.svg").axes
    calculated, predicted = evaluation.calculated[sites].mean(axis=1), evaluation.predicted[sites].mean(axis=1)
    weights = evaluation.multiplicity[sites]
    assert_drawn(molecule, weights @ calculated, weights @ predicted)
    assert f"sum over {int(weights.sum())} atoms" in molecule.get_title()
    for ax, *spectra, atom in zip(panels, calculated, predicted, evaluation.site_atom[sites], strict=True):
        assert_drawn(ax, *spectra)
        assert ax.get_title().startswith(f"atom {atom} ")

    about = turned(model, sample_db, ROWS[0], n_angles=7)
    for ax, axis in zip(plot_turned_about_axes(about, tmp_path / "turned.svg").axes, "xyz", strict=True):
        exact, found = about[axis].calculated.sum(axis=0), about[axis].predicted.sum(axis=0)
        energy = np.argmax(np.ptp(exact, axis=0))
        np.testing.assert_allclose([line.get_ydata() for line in ax.lines], [exact[:, energy], found[:, energy]])
        assert ax.lines[1].get_xdata().tolist() == [0, 30, 60, 90, 120, 150, 180]


def test_sorted_errors_are_drawn_in_their_order() -> None:
    ax = Figure().subplots()
    plot_sorted_errors(ax, {"one": np.array([[3.0, 1.0], [2.0, 0.5]]), "other": np.array([1.0])})
    assert ax.lines[0].get_ydata().tolist() == [0.5, 1.0, 2.0, 3.0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "other"]


def test_a_turned_direction_is_drawn_at_the_energy_that_changes_most() -> None:
    ax, angles = Figure().subplots(), np.array([0.0, 90.0, 180.0])
    calculated = np.array([[1.0, 5.0], [1.5, 0.0], [1.0, 5.0]])
    plot_turned(ax, angles, calculated, calculated + 0.5, np.array([290.0, 291.0]))
    assert ax.lines[0].get_ydata().tolist() == [5.0, 0.0, 5.0]
    assert ax.lines[1].get_ydata().tolist() == [5.5, 0.5, 5.5]
    assert "291.0 eV" in ax.get_ylabel()


def test_another_level_of_theory_is_said(model: NeuralNetworkPotential, sample_db: str) -> None:
    model.output_modules[0].level_of_theory = "another"
    with pytest.warns(UserWarning, match=r"sample\.db is of another level of theory \(.*\) than what the model was"):
        evaluate(model, sample_db, ROWS[:1], progress=False)


def test_a_database_without_tensors_has_no_random_directions(sample_settings: SpectrumSettings) -> None:
    with pytest.raises(KeyError, match="tensor: true"):
        RandomDirections()({"_idx": torch.tensor([0]), "spectrum": torch.zeros(1, 3, len(sample_settings.energies))})
