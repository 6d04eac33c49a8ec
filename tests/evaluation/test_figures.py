"""Figures of evaluations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.db import connect
from matplotlib.axes import Axes
from schnetpack.model import NeuralNetworkPotential
from support.evaluation import ROWS, small_evaluation

from schnetpack_isd.evaluation import (
    Evaluation,
    evaluate_rotated,
    plot_error_distribution,
    plot_molecule,
    plot_percentiles,
    plot_rotated_about_axes,
    plot_typical_sites,
    plot_uncertainty,
)
from schnetpack_isd.evaluation.uncertainty import PredictedUncertainty


def assert_drawn(ax: Axes, calculated: np.ndarray, predicted: np.ndarray, threshold: float | None = None) -> None:
    """Compare the area, the line and the threshold of a panel with spectra."""
    [area], [line] = ax.collections, [line for line in ax.lines if line.get_label() == "predicted"]
    vertical = [line.get_xdata()[0] for line in ax.lines if line.get_label() == "ionisation threshold"]
    assert vertical == ([] if threshold is None else [threshold])
    corners = {tuple(vertex) for vertex in area.get_paths()[0].vertices}
    heights = [max(y for x, y in corners if x == energy) for energy in line.get_xdata()]
    np.testing.assert_allclose(heights, calculated, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(line.get_ydata(), predicted, rtol=1e-6, atol=1e-9)


@pytest.fixture
def molecule(sample_db: str) -> Atoms:
    return connect(sample_db).get(ROWS[0] + 1).toatoms()


def test_errors_of_several_models_are_drawn_with_their_names(evaluation: Evaluation, tmp_path: Path) -> None:
    figure = plot_error_distribution({"one": evaluation, "other": evaluation}, tmp_path / "errors.svg")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["one", "other"]
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), np.sort(evaluation.squared_errors(), axis=None))


def test_long_names_of_models_fit_into_the_figure(evaluation: Evaluation, tmp_path: Path) -> None:
    names = [f"runs/0b2a4c4e-1d5f-11ee-be56-0242ac12000{number}/best_model" for number in range(2)]
    figure = plot_error_distribution(dict.fromkeys(names, evaluation), tmp_path / "errors.png")
    assert figure.legends[0].get_window_extent().width <= figure.bbox.width
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [name.split("/")[1] for name in names]
    assert len({line.get_linestyle() for line in figure.axes[0].lines}) == 2


def test_percentiles_are_those_of_the_error(evaluation: Evaluation, tmp_path: Path) -> None:
    errors = evaluation.squared_errors()
    ranked = np.sort(errors, axis=None)
    last = errors.size - 1
    panels = plot_percentiles(evaluation, tmp_path / "percentiles.svg").axes
    for ax, rank in zip(panels, (0, round(0.5 * last), round(0.95 * last), last), strict=True):
        [(site, number)] = np.argwhere(errors == ranked[rank])
        spectra = evaluation.calculated[site, number], evaluation.predicted[site, number]
        assert_drawn(ax, *spectra, evaluation.ionization_energy[site])
        assert f"MSE {ranked[rank]:.3g}\nmolecule {evaluation.molecule_id[site]}, atom" in ax.get_title()
        assert ax.get_title().endswith(f"along {'xyz'[number]}")


def test_typical_sites_are_good_median_and_worst(evaluation: Evaluation, tmp_path: Path) -> None:
    order = np.argsort(evaluation.squared_errors().mean(axis=1))
    last = len(order) - 1
    grid = np.reshape(plot_typical_sites(evaluation, tmp_path / "sites.svg").axes, (3, 3))
    for axes, site in zip(grid, order[[round(0.05 * last), round(0.5 * last), last]], strict=True):
        for number, ax in enumerate(axes):
            spectra = evaluation.calculated[site, number], evaluation.predicted[site, number]
            assert_drawn(ax, *spectra, evaluation.ionization_energy[site])
            assert ax.get_title() == f"along {'xyz'[number]}"


def test_a_molecule_is_drawn_with_the_isotropic_spectra_of_its_sites(
    evaluation: Evaluation, molecule: Atoms, tmp_path: Path
) -> None:
    molecule_id = int(evaluation.molecule_id[0])
    sites = np.flatnonzero(evaluation.molecule_id == molecule_id)
    _, _, *panels = plot_molecule(evaluation, molecule_id, molecule, tmp_path / "molecule.svg").axes
    for site, ax in zip(sites, panels, strict=True):
        spectra = evaluation.calculated[site].mean(axis=0), evaluation.predicted[site].mean(axis=0)
        assert_drawn(ax, *spectra, evaluation.ionization_energy[site])
        assert ax.get_title().startswith(f"C{evaluation.site_atom[site]}")


def test_the_spectrum_of_a_molecule_counts_equivalent_sites(
    evaluation: Evaluation, molecule: Atoms, tmp_path: Path
) -> None:
    molecule_id = int(evaluation.molecule_id[0])
    sites = np.flatnonzero(evaluation.molecule_id == molecule_id)
    evaluation = replace(evaluation, multiplicity=1.0 + np.arange(len(evaluation.molecule_id)))
    _, ax, *_ = plot_molecule(evaluation, molecule_id, molecule, tmp_path / "molecule.svg").axes
    weights = evaluation.multiplicity[sites]
    spectra = (weights @ part[sites].mean(axis=1) for part in (evaluation.calculated, evaluation.predicted))
    assert_drawn(ax, *spectra)
    assert f"sum over {int(weights.sum())} atoms" in ax.get_title()


def test_a_molecule_that_was_not_evaluated_is_refused(evaluation: Evaluation, molecule: Atoms, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Molecule 999999 has not been evaluated"):
        plot_molecule(evaluation, 999999, molecule, tmp_path / "molecule.svg")


def test_sites_without_thresholds_are_drawn_without(evaluation: Evaluation, tmp_path: Path) -> None:
    figure = plot_typical_sites(replace(evaluation, ionization_energy=None), tmp_path / "sites.svg")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["calculated", "predicted"]


def test_the_figure_of_a_molecule_needs_the_axes(molecule: Atoms, tmp_path: Path) -> None:
    other = small_evaluation(np.ones((1, 3, 4)), np.ones((1, 3, 4)))
    other = replace(other, directions=-other.directions)
    with pytest.raises(ValueError, match="needs spectra along x, y and z"):
        plot_molecule(other, 7, molecule, tmp_path / "molecule.svg")


def test_rotated_directions_have_a_panel_for_each_axis(
    model: NeuralNetworkPotential, sample_db: str, tmp_path: Path
) -> None:
    angles = np.linspace(0, 180, 7)
    rotated = evaluate_rotated(model, sample_db, ROWS[0], angles)
    panels = plot_rotated_about_axes(rotated, angles, tmp_path / "rotated.svg").axes
    for ax, (axis, evaluation) in zip(panels, rotated.items(), strict=True):
        exact, found = evaluation.calculated.sum(axis=0), evaluation.predicted.sum(axis=0)
        energy = np.argmax(np.ptp(exact, axis=0))
        np.testing.assert_allclose([line.get_ydata() for line in ax.lines], [exact[:, energy], found[:, energy]])
        assert ax.lines[1].get_xdata().tolist() == [0, 30, 60, 90, 120, 150, 180]
        assert ax.get_title().endswith(f"rotated about {axis}")


def test_the_figure_of_uncertainty_has_coverage_sites_and_retained_errors(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="needs the spectra of an ensemble"):
        plot_uncertainty(evaluation, tmp_path / "uncertainty.svg")
    stds = np.abs(evaluation.predicted - evaluation.calculated)
    uncertainty = PredictedUncertainty(stds, {0.5: 0.9, 0.9: 1.0})
    figure = plot_uncertainty(replace(evaluation, uncertainty=uncertainty), tmp_path / "uncertainty.svg")
    assert len(figure.axes) == 3
    assert figure.axes[1].get_title() == "sites, rank correlation 1.00"


@pytest.mark.parametrize("plot", [plot_typical_sites, plot_percentiles])
def test_the_legend_hides_no_spectrum(evaluation: Evaluation, tmp_path: Path, plot: object) -> None:
    figure = plot(evaluation, tmp_path / "figure.png")
    lowest = figure.legends[0].get_window_extent().y0
    assert lowest >= max(ax.get_window_extent().y1 for ax in figure.axes)
