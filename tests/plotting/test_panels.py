"""Panels of figures."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from schnetpack_isd.plotting import plot_sorted_errors, plot_turned


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
