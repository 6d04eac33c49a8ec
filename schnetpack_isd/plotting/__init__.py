"""Figures; functions that draw take the Axes, functions that make a whole figure take the file."""

from .comparison import plot_comparison, plot_typical_sites
from .evaluation import (
    draw_molecule,
    plot_molecule,
    plot_percentiles,
    plot_sorted_errors,
    plot_turned,
    plot_turned_about_axes,
)
from .prediction import plot_prediction, plot_scan, plot_spectra
from .style import figure_style, save_figure

__all__ = [
    "draw_molecule",
    "figure_style",
    "plot_comparison",
    "plot_molecule",
    "plot_percentiles",
    "plot_prediction",
    "plot_scan",
    "plot_sorted_errors",
    "plot_spectra",
    "plot_turned",
    "plot_turned_about_axes",
    "plot_typical_sites",
    "save_figure",
]
