"""Figure of optical constants."""

from __future__ import annotations

from matplotlib.figure import Figure

from schnetpack_isd.plotting import figure_style

from .predicted_index import PredictedIndex

__all__ = ["plot_optics"]

KINDS = (("black", ":", "without order"), ("C0", "-", "field along the normal"), ("C1", "--", "field in the film"))

SHOWN = 10.0
"""Range in eV before and after the predicted energies that figures show."""


def plot_optics(index: PredictedIndex) -> Figure:
    """Draw delta and beta against the photon energy.

    Args:
        index: the optical constants; bands are one standard deviation of the model.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    values, std = index.constants
    kinds = KINDS if index.request.orientation is not None else KINDS[:1]
    with figure_style():
        figure = Figure(figsize=(4.2, 4.6))
        panels = figure.subplots(2, 1, sharex=True)
        for number, (ax, name) in enumerate(zip(panels, (r"$\delta$", r"$\beta$"), strict=True)):
            for kind, (color, line, label) in enumerate(kinds):
                drawn = 1e3 * values[number, kind]
                ax.plot(index.energies, drawn, color=color, linestyle=line, linewidth=1.1, label=label)
                if std is not None:
                    width = 1e3 * std[number, kind]
                    ax.fill_between(index.energies, drawn - width, drawn + width, color=color, alpha=0.2, linewidth=0)
            ax.axhline(0.0, color="0.5", linewidth=0.6)
            ax.set_ylabel(f"{name} / 10$^{{-3}}$")
        panels[0].legend()
        panels[0].set_xlim(*(index.predicted.energies[[0, -1]] + [-SHOWN, SHOWN]))
        panels[1].set_xlabel(index.predicted.record.axis_label("photon energy", "\n"))
        material = "".join(f"{s}$_{{{n:g}}}$" for s, n in index.composition.items())
        warning = index.predicted.figure_warning
        title = f"{material}, {index.request.density:g} g/cm³"
        if index.request.orientation is not None:
            title += f"\n{index.request.orientation.description}"
        panels[0].set_title(title + warning, color="red" if warning else "black")
    return figure
