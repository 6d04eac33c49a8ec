"""Panels of figures."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from schnetpack_isd.plotting import (
    draw_molecule,
    plot_comparison,
    plot_rotated,
    plot_scan,
    plot_sorted_errors,
    plot_spectra,
)

ENERGIES = np.array([290.0, 291.0, 292.0])


@pytest.fixture
def ax() -> Axes:
    return Figure().subplots()


def test_a_comparison_is_an_area_and_a_line_over_the_whole_axis(ax: Axes) -> None:
    plot_comparison(ax, ENERGIES, np.array([0.0, 2.0, 1.0]), np.array([0.1, 1.8, 1.1]))
    assert ax.collections[0].get_paths()[0].get_extents().y1 == 2.0
    assert ax.lines[0].get_ydata().tolist() == [0.1, 1.8, 1.1]
    assert ax.get_xlim() == (290.0, 292.0)
    assert ax.get_legend_handles_labels()[1] == ["calculated", "predicted"]


def test_spectra_are_described_in_words(ax: Axes) -> None:
    labels = ("x", "xyz(1 1 0)", "uvw[1 1 0]", "hkl(0 0 1)", "isotropic")
    plot_spectra(ax, ENERGIES, {label: np.ones(3) for label in labels})
    described = [line.get_label() for line in ax.lines]
    assert described == ["along x", "along (1, 1, 0)", "along [110]", "normal to (001)", "isotropic"]


def test_the_isotropic_spectrum_is_black(ax: Axes) -> None:
    plot_spectra(ax, ENERGIES, {"x": np.ones(3), "isotropic": np.ones(3)})
    assert [to_rgba(line.get_color()) == to_rgba("black") for line in ax.lines] == [False, True]


def test_deviations_are_bands(ax: Axes) -> None:
    plot_spectra(ax, ENERGIES, {"x": np.ones(3)}, {"x": np.full(3, 0.25)})
    band = ax.collections[0].get_paths()[0].get_extents()
    assert (band.y0, band.y1) == (0.75, 1.25)


def test_a_scan_is_dashed_beyond_90_degrees(ax: Axes) -> None:
    plot_scan(ax, ENERGIES, [0.0, 90.0, 135.0], np.ones((3, 3)))
    assert [line.get_linestyle() for line in ax.lines] == ["-", "-", "--"]


def test_a_scan_has_a_colour_bar_of_its_angles(ax: Axes) -> None:
    plot_scan(ax, ENERGIES, [0.0, 180.0], np.ones((2, 3)))
    _, bar = ax.figure.axes
    assert bar.get_title() == "angle / °"
    assert bar.get_yticks().tolist() == [0, 45, 90, 135, 180]


def test_errors_are_sorted(ax: Axes) -> None:
    plot_sorted_errors(ax, {"one": np.array([[3.0, 1.0], [2.0, 0.5]]), "other": np.array([1.0])})
    assert ax.lines[0].get_ydata().tolist() == [0.5, 1.0, 2.0, 3.0]
    assert ax.get_legend_handles_labels()[1] == ["one", "other"]


def test_a_rotated_direction_is_drawn_at_the_energy_that_changes_most(ax: Axes) -> None:
    calculated = np.array([[1.0, 5.0], [1.5, 0.0], [1.0, 5.0]])
    plot_rotated(ax, np.array([0.0, 90.0, 180.0]), calculated, calculated + 0.5, ENERGIES[:2])
    assert ax.lines[0].get_ydata().tolist() == [5.0, 0.0, 5.0]
    assert ax.lines[1].get_ydata().tolist() == [5.5, 0.5, 5.5]
    assert "291.0 eV" in ax.get_ylabel()


def test_a_molecule_is_drawn_without_axes(ax: Axes) -> None:
    draw_molecule(ax, molecule("CH3CH2OH"), [0, 1])
    [image] = ax.images
    assert image.get_array()[..., :3].min() < 0.5  # there is ink
    assert not ax.axison


def test_atoms_have_discs_in_their_colours(ax: Axes) -> None:
    draw_molecule(ax, molecule("CH3CH2OH"), [0, 1], colors=["#0072b2", "#e69f00"])
    drawn = ax.images[0].get_array()[..., :3].reshape(-1, 3)
    for color in ("#0072b2", "#e69f00"):
        assert np.sum(np.abs(drawn - to_rgba(color)[:3]).max(axis=1) < 0.02) > 500


def test_a_molecule_without_bonds_is_refused(ax: Axes) -> None:
    with pytest.raises(ValueError, match="bond ordering"):
        draw_molecule(ax, Atoms("CH", [(0, 0, 0), (0, 0, 1.1)]), [0])
