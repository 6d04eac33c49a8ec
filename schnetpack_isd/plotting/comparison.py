"""Figures of spectra; functions take the Axes they draw on."""

from __future__ import annotations

import os

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from schnetpack_isd.directions import direction_name
from schnetpack_isd.evaluation import Evaluation

from .style import figure_style, save_figure

__all__ = ["plot_comparison", "plot_typical_sites"]

CALCULATED = "0.45"
PREDICTED = "#d55e00"  # vermilion of the colour-blind safe palette of Okabe and Ito


def plot_comparison(ax: Axes, energies: NDArray, calculated: NDArray, predicted: NDArray) -> None:
    """Draw a calculated spectrum as an area and a predicted one as a line.

    Args:
        ax: Axes to draw on.
        energies: (n_energies,) axis in eV.
        calculated: (n_energies,) intensities.
        predicted: (n_energies,) intensities.
    """
    ax.fill_between(energies, calculated, color=CALCULATED, alpha=0.35, linewidth=0, label="calculated")
    ax.plot(energies, predicted, color=PREDICTED, linewidth=1.4, label="predicted")
    ax.set_xlim(energies[0], energies[-1])


def plot_typical_sites(evaluation: Evaluation, path: str | os.PathLike) -> Figure:
    """Draw a good, a median and the worst site, each along all directions, into a file.

    Sites are ranked by their error over all directions; the good one is at the fifth percentile.

    Args:
        evaluation: what to draw.
        path: the file; its ending says in which format.

    Returns:
        The figure; :func:`save_figure` saves it in this style.
    """
    errors = evaluation.squared_errors().mean(axis=1)
    ranked = np.argsort(errors)
    last = len(ranked) - 1
    typical = {"good": ranked[round(0.05 * last)], "median": ranked[round(0.5 * last)], "worst": ranked[last]}

    with figure_style():
        n_directions = evaluation.directions.shape[1]
        figure = Figure(figsize=(2.3 * n_directions + 0.6, 5.4))
        grid = figure.subplots(3, n_directions, sharex=True, sharey="row", squeeze=False)
        for axes, (rank, site) in zip(grid, typical.items(), strict=True):
            for number, ax in enumerate(axes):
                plot_comparison(
                    ax, evaluation.energies, evaluation.calculated[site, number], evaluation.predicted[site, number]
                )
                ax.set_title(f"along {direction_name(evaluation.directions[site, number])}")
            drawn = np.concatenate([evaluation.calculated[site], evaluation.predicted[site]])
            axes[0].set_ylim(1.05 * min(0.0, drawn.min()), 1.05 * drawn.max())
            where = f"molecule {evaluation.molecule_id[site]}, atom {evaluation.site_atom[site]}"
            axes[0].set_ylabel(f"{rank}: MSE {errors[site]:.3f}\n{where}\n\nintensity / arb. unit")
        for ax in grid[-1]:
            ax.set_xlabel("energy / eV")
        grid[0, 0].legend()
        save_figure(figure, path)
    return figure
