"""Figures; functions that draw take the Axes, functions that make a whole figure take the file."""

from .comparison import plot_comparison, plot_typical_sites
from .prediction import plot_prediction, plot_scan, plot_spectra
from .style import figure_style, save_figure

__all__ = [
    "figure_style",
    "plot_comparison",
    "plot_prediction",
    "plot_scan",
    "plot_spectra",
    "plot_typical_sites",
    "save_figure",
]
