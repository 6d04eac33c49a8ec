"""Figure of the best fits to a measured spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from schnetpack_isd.plotting import figure_style

from .ranking import REACH, Match, percent

__all__ = ["plot_match"]

MOST_FITS, MOST_BARS = 3, 8
"""Largest numbers of candidates whose fits, and whose probabilities, are drawn."""

COLORS = ("#d55e00", "#0072b2", "#009e73")
OTHERS = "0.6"
LONGEST_NAME = 30


def plot_match(match: Match) -> Figure:
    """Draw a measured spectrum with the fits of the most probable candidates, residuals, and probabilities.

    Args:
        match: the ranked candidates.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    n_bars = min(MOST_BARS, len(match.names))
    with figure_style():
        figure = Figure(figsize=(7.2, 3.6))
        grid = figure.add_gridspec(2, 2, width_ratios=(2, 1), height_ratios=(3, 1))
        upper = figure.add_subplot(grid[0, 0])
        lower = figure.add_subplot(grid[1, 0], sharex=upper)
        _draw_fits(upper, lower, match)
        upper.tick_params(labelbottom=False)
        upper.set_ylabel("intensity / arb. units")
        lower.set_xlabel("energy / eV")
        lower.set_ylabel("residual")
        _draw_bars(figure.add_subplot(grid[:, 1]), match, n_bars)
    return figure


def _draw_fits(upper: Axes, lower: Axes, match: Match) -> None:
    """Draw fits and residuals on the scale of 0 to 1 of the measured intensities."""
    measured = match.measurement
    upper.plot(measured.energies, measured.intensities, ".", color="black", markersize=2.5, label="measured")
    lower.axhspan(-measured.noise, measured.noise, color="0.85", linewidth=0)
    styles = ("-", "--", ":")
    for place in range(min(MOST_FITS, len(match.names))):
        style: dict[str, Any] = {"color": COLORS[place], "linestyle": styles[place], "linewidth": 1.2}
        fitted, std = match.fits[place].fitted, match.fits[place].std
        if place == 0:
            band: dict[str, Any] = {
                "color": COLORS[0],
                "alpha": 0.25,
                "linewidth": 0,
                "label": r"±1$\sigma$ of the model",
            }
            upper.fill_between(measured.energies, fitted - std, fitted + std, **band)
            largest = 1.2 * max(np.abs(measured.intensities - fitted).max(), 5 * measured.noise)
            lower.set_ylim(-largest, largest)
        upper.plot(measured.energies, fitted, label=_short(match.names[place]), **style)
        lower.plot(measured.energies, measured.intensities - fitted, **style)
    upper.legend(loc="best")
    upper.set_xlim(measured.energies[0], measured.energies[-1])


def _draw_bars(ax: Axes, match: Match, number: int) -> None:
    places = range(number)
    colors = [COLORS[place] if place < MOST_FITS else OTHERS for place in places]
    ax.barh(places, match.probabilities[:number], height=0.4, color=colors)
    for place in places:
        text = f"{_short(match.names[place])}  {percent(match.probabilities[place])}"
        ax.annotate(text, (0.0, place - 0.2), (2, 2), textcoords="offset points", va="bottom", fontsize=7)
    ax.set_ylim(number - 0.4, -0.8)
    ax.set_xlim(0, 1)
    ax.set_yticks([])
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel("probability")
    if match.is_decided:
        ax.set_title("decided")
    elif match.fits_well:
        ax.set_title(f"not decided:\n{len(match.within_reach)} candidates have {REACH:.0%}")
    else:
        ax.set_title("no candidate fits well")


def _short(name: str) -> str:
    """Return the end of a long name."""
    return name if len(name) <= LONGEST_NAME else f"\N{HORIZONTAL ELLIPSIS}{name[1 - LONGEST_NAME :]}"
