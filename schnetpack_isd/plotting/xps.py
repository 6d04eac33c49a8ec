"""Panel of a photoelectron spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.textpath import TextPath
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

__all__ = ["label_lines", "plot_xps"]

SPECTRUM = "black"
STICKS = "#0072b2"  # blue of the colour-blind safe palette of Okabe and Ito
ERROR_BARS = r"position ±1$\sigma$"
FONT_SIZE = 7
POINTS_PER_INCH = 72

SMALLEST_SHARE = 0.35
"""Smallest share of the height of a panel that turned labels leave to the spectrum."""


def plot_xps(
    ax: Axes,
    energies: NDArray,
    spectrum: NDArray,
    positions: ArrayLike,
    heights: ArrayLike,
    position_stds: ArrayLike | None = None,
    label: str = "sum",
) -> None:
    """Draw a photoelectron spectrum, with its lines as sticks; binding energies increase to the left.

    Horizontal error bars at half the height of the sticks show that positions are uncertain, not heights.

    Args:
        ax: Axes to draw on.
        energies: (n_energies,) binding energies in eV.
        spectrum: (n_energies,) intensities.
        positions: (n_lines,) energies of the lines in eV.
        heights: (n_lines,) heights of the sticks.
        position_stds: (n_lines,) standard deviations of the positions in eV; None if there are none.
        label: entry of the spectrum in the legend.
    """
    ax.plot(energies, spectrum, "-", color=SPECTRUM, linewidth=1.0, label=label, zorder=3)
    ax.vlines(positions, 0.0, heights, color=STICKS, linewidth=1.2, label="sites")
    if position_stds is not None:
        at = np.asarray(heights) / 2
        ax.errorbar(positions, at, xerr=position_stds, fmt="none", ecolor=STICKS, capsize=2.0, label=ERROR_BARS)
    ax.set_xlim(energies[-1], energies[0])
    ax.set_ylim(bottom=0.0)


def label_lines(ax: Axes, energies: NDArray, outline: NDArray, positions: ArrayLike, labels: Sequence[str]) -> bool:
    """Label the lines of a photoelectron spectrum, above the spectrum.

    Labels that do not fit side by side are turned and spread. If they do not fit either, there are none. The size of
    the Axes must be final: with a constrained layout, call the figure's `draw_without_rendering` first.

    Args:
        ax: Axes to draw on.
        energies: (n_energies,) binding energies in eV.
        outline: (n_energies,) the spectrum.
        positions: (n_lines,) ascending energies of the lines in eV.
        labels: (n_lines,) labels.

    Returns:
        Whether there are labels.
    """
    lines = np.asarray(positions, dtype=np.float64)
    size, points = ax.get_window_extent(), POINTS_PER_INCH / ax.figure.dpi
    width, height = size.width * points, size.height * points
    per_point, span = (energies[-1] - energies[0]) / width, energies[-1] - energies[0]
    lengths = np.array([TextPath((0, 0), label, size=FONT_SIZE).get_extents().width for label in labels])
    style: dict[str, Any] = {"fontsize": FONT_SIZE, "color": STICKS, "ha": "center", "va": "bottom"}
    style |= {"textcoords": "offset points", "annotation_clip": True}
    needed = per_point * ((lengths[1:] + lengths[:-1]) / 2 + FONT_SIZE / 2)
    if np.all(np.diff(lines) >= needed):
        _set_top(ax, outline, 1.9 * FONT_SIZE / height)
        for line, label, length in zip(lines, labels, lengths, strict=True):
            above = outline[np.abs(energies - line) <= per_point * length / 2].max()
            ax.annotate(label, (line, above), (0, 2), **style)
        return True
    apart = 1.25 * FONT_SIZE * per_point
    room = lengths.max() + 1.5 * FONT_SIZE
    if len(labels) * apart > span or room > (1 - SMALLEST_SHARE) * height:
        _set_top(ax, outline, 0.1)
        return False
    _set_top(ax, outline, room / height)
    arrow = {"arrowstyle": "-", "color": STICKS, "linewidth": 0.4, "shrinkA": 0, "shrinkB": 0, "relpos": (0.5, 0.0)}
    places = _spread(lines, apart, energies[0], energies[-1])
    level = ax.get_ylim()[1] * (1 - (lengths.max() + 0.5 * FONT_SIZE) / height)
    style["textcoords"] = "data"
    for line, place, label in zip(lines, places, labels, strict=True):
        above = np.interp(line, energies, outline)
        ax.annotate(label, (line, above), (place, level), rotation=90, arrowprops=arrow, **style)
    return True


def _set_top(ax: Axes, outline: NDArray, share: float) -> None:
    """Leave a share of the height free above the spectrum."""
    ax.set_ylim(0.0, outline.max() / (1 - share))


def _spread(positions: NDArray, apart: float, lowest: float, highest: float) -> NDArray:
    """Move ascending positions as little as possible, so that neighbours are some distance apart, within limits.

    This is an isotonic regression: less the distances, places must not decrease.
    """
    distances = apart * np.arange(len(positions))
    places = isotonic_regression(positions - distances).x
    first, last = lowest + apart / 2, highest - apart / 2 - distances[-1]
    return np.clip(places, first, max(first, last)) + distances
