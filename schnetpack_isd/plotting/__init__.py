"""Figures of spectra. Functions that take Axes draw one panel; functions that take a path make a whole figure."""

from .evaluation_figures import plot_molecule, plot_percentiles, plot_turned_about_axes, plot_typical_sites
from .panels import draw_molecule, plot_comparison, plot_scan, plot_sorted_errors, plot_spectra, plot_turned
from .prediction_figures import plot_prediction
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
