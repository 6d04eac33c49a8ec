"""Figures of the best fits to measured spectra."""

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
STYLES = ("-", "--", ":")
OTHERS = "0.6"
LONGEST_NAME = 30

APART = 0.5
"""Distance of the spectra of two angles, in units of the range of the intensities."""


def plot_match(match: Match) -> Figure:
    """Draw measured spectra with the fits of the most probable candidates, residuals, and probabilities.

    Args:
        match: the ranked candidates.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    with figure_style():
        return _plot_isotropic(match) if match.measurement.angles is None else _plot_angles(match)


def _plot_isotropic(match: Match) -> Figure:
    figure = Figure(figsize=(7.2, 3.6))
    grid = figure.add_gridspec(2, 2, width_ratios=(2, 1), height_ratios=(3, 1))
    upper = figure.add_subplot(grid[0, 0])
    lower = figure.add_subplot(grid[1, 0], sharex=upper)
    _draw_fits(upper, lower, match)
    upper.tick_params(labelbottom=False)
    upper.set_ylabel("intensity / arb. units")
    lower.set_xlabel("energy / eV")
    lower.set_ylabel("residual")
    _draw_bars(figure.add_subplot(grid[:, 1]), match)
    return figure


def _plot_angles(match: Match) -> Figure:
    """Draw the spectra above each other in the order of their angles, and residuals beside them."""
    figure = Figure(figsize=(7.2, 1.6 + 0.8 * match.measurement.n_spectra))
    grid = figure.add_gridspec(1, 3, width_ratios=(1.5, 0.9, 1))
    left = figure.add_subplot(grid[0, 0])
    middle = figure.add_subplot(grid[0, 1], sharex=left)
    _draw_angles(left, match)
    _draw_residuals(middle, match)
    for ax, title in ((left, "intensity / arb. units"), (middle, "residual / range of intensities")):
        ax.set_xlabel("energy / eV")
        ax.set_ylabel(title)
    _draw_bars(figure.add_subplot(grid[0, 2]), match)
    return figure


def _draw_angles(ax: Axes, match: Match) -> None:
    measured = match.measurement
    assert measured.angles is not None
    energies, intensities = measured.split(measured.energies), measured.split(measured.intensities)
    fitted = [measured.split(fit.fitted) for fit in match.fits[:MOST_FITS]]
    std = measured.split(match.fits[0].std)
    for number, angle in enumerate(measured.angles):
        up = APART * (measured.n_spectra - 1 - number)
        first = number == 0
        ax.plot(
            energies[number],
            intensities[number] + up,
            ".",
            color="black",
            markersize=2.0,
            label="measured" if first else None,
        )
        best = fitted[0][number] + up
        band: dict[str, Any] = {"color": COLORS[0], "alpha": 0.25, "linewidth": 0}
        label = r"±1$\sigma$ of the model" if first else None
        ax.fill_between(energies[number], best - std[number], best + std[number], **band, label=label)
        for place, parts in enumerate(fitted):
            name = _named(match, place) if first else None
            ax.plot(energies[number], parts[number] + up, label=name, **_style(place))
        ax.annotate(
            f"{angle:g}°",
            (energies[number][-1], intensities[number][-1] + up),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            annotation_clip=False,
        )
    ax.set_yticks([])
    ax.set_xlim(measured.energies.min(), measured.energies.max())
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, handlelength=1.6)


def _draw_residuals(ax: Axes, match: Match) -> None:
    """Draw residuals about zero for each angle, with a band of the noise; large ones are cut off."""
    measured = match.measurement
    energies = measured.split(measured.energies)
    residuals = [measured.split(measured.intensities - fit.fitted) for fit in match.fits[:MOST_FITS]]
    largest = max(max(np.abs(part).max() for part in residuals[0]), 5 * measured.noise)
    for number in range(measured.n_spectra):
        zero = 2.2 * largest * (measured.n_spectra - 1 - number)
        ax.axhspan(zero - measured.noise, zero + measured.noise, color="0.85", linewidth=0)
        for place, parts in reversed(list(enumerate(residuals))):
            kept = np.where(np.abs(parts[number]) < 1.1 * largest, parts[number], np.nan)
            ax.plot(energies[number], kept + zero, **{**_style(place), "linewidth": 0.8})
    ax.set_ylim(-1.2 * largest, 2.2 * largest * (measured.n_spectra - 1) + 1.2 * largest)
    ax.set_yticks([-largest, 0.0, largest], [f"\N{MINUS SIGN}{largest:.0%}", "0", f"{largest:.0%}"])


def _style(place: int) -> dict[str, Any]:
    return {"color": COLORS[place], "linestyle": STYLES[place], "linewidth": 1.2}


def _named(match: Match, place: int) -> str:
    """Return the name of a candidate, with its tilt if that was fitted."""
    tilt = match.fits[place].tilt
    return _short(match.names[place]) + ("" if tilt is None else f", {tilt:.0f}°")


def _draw_fits(upper: Axes, lower: Axes, match: Match) -> None:
    """Draw fits and residuals on the scale of 0 to 1 of the measured intensities."""
    measured = match.measurement
    upper.plot(measured.energies, measured.intensities, ".", color="black", markersize=2.5, label="measured")
    lower.axhspan(-measured.noise, measured.noise, color="0.85", linewidth=0)
    for place in range(min(MOST_FITS, len(match.names))):
        style = _style(place)
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


def _draw_bars(ax: Axes, match: Match) -> None:
    number = min(MOST_BARS, len(match.names))
    places = range(number)
    colors = [COLORS[place] if place < MOST_FITS and match.fits_well else OTHERS for place in places]
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
        ax.set_title("decided (of these)")
    elif match.fits_well:
        ax.set_title(f"not decided:\n{len(match.within_reach)} candidates have {REACH:.0%}")
    else:
        ax.set_title("none of these fits well")


def _short(name: str) -> str:
    """Return the end of a long name."""
    return name if len(name) <= LONGEST_NAME else f"\N{HORIZONTAL ELLIPSIS}{name[1 - LONGEST_NAME :]}"
