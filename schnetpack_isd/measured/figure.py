"""Figure of measured spectra."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from schnetpack_isd.plotting import figure_style

from .series import MeasuredSeries

__all__ = ["plot_series"]


def plot_series(series: MeasuredSeries) -> Figure:
    """Draw the spectra of a series in one panel.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    with figure_style():
        figure = Figure(figsize=(4.2, 2.8))
        ax = figure.subplots()
        for spectrum in series.spectra:
            label = "isotropic" if spectrum.angle is None else f"{spectrum.angle:g}°"
            ax.plot(spectrum.energies, spectrum.intensities, linewidth=1.0, label=label)
        ax.axhline(0, color="0.6", linewidth=0.6, zorder=0)
        ax.set_xlim(
            min(spectrum.energies[0] for spectrum in series.spectra),
            max(spectrum.energies[-1] for spectrum in series.spectra),
        )
        ax.set_xlabel("energy / eV")
        ax.set_ylabel("intensity")
        ax.legend(loc="upper right", title="field to normal" if np.isfinite(series.angles).any() else None)
    return figure
