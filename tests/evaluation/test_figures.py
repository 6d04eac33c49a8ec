"""Figures of evaluations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase.db import connect
from matplotlib.axes import Axes
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.evaluation import (
    evaluate,
    evaluate_rotated,
    plot_molecule,
    plot_percentiles,
    plot_rotated_about_axes,
    plot_typical_sites,
)

ROWS = [3, 600, 41]


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

    about = evaluate_rotated(model, sample_db, ROWS[0], n_angles=7)
    for ax, axis in zip(plot_rotated_about_axes(about, tmp_path / "turned.svg").axes, "xyz", strict=True):
        exact, found = about[axis].calculated.sum(axis=0), about[axis].predicted.sum(axis=0)
        energy = np.argmax(np.ptp(exact, axis=0))
        np.testing.assert_allclose([line.get_ydata() for line in ax.lines], [exact[:, energy], found[:, energy]])
        assert ax.lines[1].get_xdata().tolist() == [0, 30, 60, 90, 120, 150, 180]
