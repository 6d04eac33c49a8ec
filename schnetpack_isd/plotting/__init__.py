"""Drawing of spectra: panels that take Matplotlib Axes, and the style of all figures.

Whole figures are in :mod:`schnetpack_isd.prediction` and :mod:`schnetpack_isd.evaluation`.
"""

from .panels import (
    draw_molecule,
    plot_alignment,
    plot_comparison,
    plot_correlations,
    plot_coverage,
    plot_error_against_std,
    plot_retained_errors,
    plot_rotated,
    plot_scan,
    plot_sorted_errors,
    plot_spectra,
)
from .style import check_figure, check_format, figure_style, save_figure
from .xps import label_lines, plot_xps

__all__ = [
    "check_figure",
    "check_format",
    "draw_molecule",
    "figure_style",
    "label_lines",
    "plot_alignment",
    "plot_comparison",
    "plot_correlations",
    "plot_coverage",
    "plot_error_against_std",
    "plot_retained_errors",
    "plot_rotated",
    "plot_scan",
    "plot_sorted_errors",
    "plot_spectra",
    "plot_xps",
    "save_figure",
]
