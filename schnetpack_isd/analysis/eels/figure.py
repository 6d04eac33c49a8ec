"""Figure of energy-loss spectra."""

from __future__ import annotations

from matplotlib.figure import Figure

from schnetpack_isd.plotting import figure_style
from schnetpack_isd.utils.text import with_subscripts

from .spectra import EELSSpectra

__all__ = ["plot_eels"]


def plot_eels(spectra: EELSSpectra) -> Figure:
    """Draw the spectrum of the experiment, and those for momentum transfer along the beam and across it.

    Args:
        spectra: the spectra. The band is one standard deviation of the model.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    predicted, energies = spectra.predicted, spectra.predicted.energies
    with figure_style():
        figure = Figure(figsize=(4.4, 3.2))
        ax = figure.add_subplot()
        values, std = spectra.spectrum
        ax.plot(energies, values, color="C0", linestyle="-", zorder=3, label="this experiment")
        if std is not None:
            ax.fill_between(energies, values - std, values + std, color="C0", alpha=0.2, linewidth=0)
        ax.plot(energies, spectra.parallel[0], color="C1", linestyle="--", linewidth=1.0, label="q along the beam")
        ax.plot(energies, spectra.perpendicular[0], color="C2", linestyle="-.", linewidth=1.0, label=r"q $\perp$ beam")
        ax.plot(energies, spectra.isotropic[0], color="black", linestyle=":", linewidth=1.0, label="isotropic")
        ax.set_xlim(energies[0], energies[-1])
        ax.set_ylim(bottom=0)
        ax.set_xlabel(predicted.record.axis_label("energy loss"))
        ax.set_ylabel("intensity / arb. units")
        ax.legend()
        formula = with_subscripts(predicted.atoms.symbols.get_chemical_formula())
        title = f"{formula}, beam: {spectra.request.beam.description}\n{spectra.request.microscope.description}"
        warning = predicted.figure_warning
        ax.set_title(title + warning, color="red" if warning else "black")
    return figure
