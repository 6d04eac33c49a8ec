"""Figure of the spectra of a film."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from schnetpack_isd.plotting import figure_style
from schnetpack_isd.utils.text import with_subscripts

from .spectra import CURVE, FilmSpectra

__all__ = ["plot_film"]


def plot_film(film: FilmSpectra) -> Figure:
    """Draw the spectra of a film.

    Panels have the spectra at each angle with the isotropic one, the difference between the lowest and the highest
    angle, and the intensities of resonances against the squared cosine of the angle. Bands and bars are one standard
    deviation of the model.

    Args:
        film: the spectra.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    has_difference, has_resonances = len(film.request.angles) > 1, bool(film.resonances)
    with figure_style():
        figure = Figure(figsize=(3.6 + 2.8 * has_resonances, 2.6 + 1.2 * has_difference))
        layout = figure.add_gridspec(
            1 + has_difference,
            1 + has_resonances,
            height_ratios=[2.2, 1.0][: 1 + has_difference],
            width_ratios=[3.4, 2.6][: 1 + has_resonances],
            wspace=0.08,
        )
        spectra = figure.add_subplot(layout[0, 0])
        _draw_spectra(spectra, film)
        lowest = spectra
        if has_difference:
            lowest = figure.add_subplot(layout[1, 0], sharex=spectra)
            spectra.tick_params(labelbottom=False)
            _draw_difference(lowest, film)
        if has_resonances:
            _draw_resonances(figure.add_subplot(layout[:, 1]), film)
        lowest.set_xlabel(film.predicted.record.axis_label(separator="\n"))
        _write_title(figure, film)
    return figure


def _write_title(figure: Figure, film: FilmSpectra) -> None:
    formula = with_subscripts(film.predicted.atoms.symbols.get_chemical_formula())
    warning = film.predicted.figure_warning
    title = f"{formula}: {film.request.geometry.description}{warning}"
    figure.suptitle(title, fontsize=9, color="red" if warning else "black")


def _band(ax: Axes, energies: NDArray, values: NDArray, std: NDArray | None, color: str) -> None:
    if std is not None:
        ax.fill_between(energies, values - std, values + std, color=color, alpha=0.2, linewidth=0)


def _draw_spectra(ax: Axes, film: FilmSpectra) -> None:
    energies = film.predicted.energies
    for number, angle in enumerate(film.request.angles):
        values, std = film.row(number)
        [line] = ax.plot(energies, values, label=f"{angle:g}°")
        _band(ax, energies, values, std, str(line.get_color()))
    ax.plot(energies, film.isotropic[0], color="black", linestyle=":", linewidth=1.0, label="isotropic")
    ax.set_xlim(energies[0], energies[-1])
    ax.set_ylim(bottom=0)
    ax.set_ylabel("intensity / arb. units")
    ax.legend(title="beam to surface")


def _draw_difference(ax: Axes, film: FilmSpectra) -> None:
    angles, energies = film.request.angles, film.predicted.energies
    values, std = film.difference
    ax.axhline(0.0, color="0.5", linewidth=0.6)
    ax.plot(energies, values, color="black", linewidth=1.0)
    _band(ax, energies, values, std, "black")
    ax.set_ylabel(f"{angles[0]:g}° − {angles[-1]:g}°")  # noqa: RUF001  minus sign


def _draw_resonances(ax: Axes, film: FilmSpectra) -> None:
    for number, resonance in enumerate(film.resonances):
        color = f"C{number}"
        ax.plot(np.cos(np.radians(CURVE)) ** 2, resonance.curve, "-", color=color, linewidth=1.0)
        cosine2 = np.cos(np.radians(film.request.angles)) ** 2
        ax.errorbar(cosine2, resonance.intensity, resonance.std, fmt="o", color=color, markersize=4, capsize=2)
        ax.plot([], [], "o-", color=color, markersize=4, label=resonance.name)
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(bottom=0)
    ax.set_xlabel(r"$\cos^2$ of the angle")
    ax.set_ylabel("integrated intensity / (arb. units · eV)")
    ax.legend()
