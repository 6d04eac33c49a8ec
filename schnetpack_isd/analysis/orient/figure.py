"""Figure of the orientation in a film."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from schnetpack_isd.plotting import figure_style
from schnetpack_isd.spectra.orientation import order_parameter
from schnetpack_isd.utils.text import with_subscripts

from .estimate import Estimate
from .result import MomentsResult, OrderResult

__all__ = ["plot_orientation"]

ANGLES = LinearSegmentedColormap.from_list("angles", ["#d55e00", "#cc79a7", "#0072b2"])
"""Colours of angles from 0 to 90 degrees, of the palette of Okabe and Ito."""

TILTS = (0, 20, 30, 40, 50, 60, 70, 90)
"""Ticks of the tilt in degrees."""

APART = 0.45
"""Distance of the spectra of two angles, in units of the highest intensity."""


def plot_orientation(result: OrderResult | MomentsResult) -> Figure:
    """Draw measured and fitted spectra at each angle, their differences, and the orientation with its interval.

    The thick bar is the interval of 90 % from noise alone, the thin one that from noise and model.

    Args:
        result: the result of a fit.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    is_order = isinstance(result, OrderResult)
    with figure_style():
        figure = Figure(figsize=(3.5, 5.0))
        layout = figure.add_gridspec(3, 1, height_ratios=[3.4, 0.9, 0.5 if is_order else 0.8])
        spectra = figure.add_subplot(layout[0])
        residuals = figure.add_subplot(layout[1], sharex=spectra)
        _draw_spectra(spectra, residuals, result)
        scale = figure.add_subplot(layout[2])
        if isinstance(result, OrderResult):
            _draw_order(scale, result)
        else:
            _draw_moments(scale, result)
        figure.suptitle(with_subscripts(result.name), fontsize=9)
        figure.align_ylabels([spectra, residuals])
    return figure


def _draw_spectra(ax: Axes, below: Axes, result: OrderResult | MomentsResult) -> None:
    fit, points = result.fit, result.fit.points
    colors = ScalarMappable(Normalize(0, 90), ANGLES).to_rgba(result.series.angles)
    highest = float(np.ptp(points.intensities))
    rows = zip(
        *(points.split(values) for values in (points.energies, points.intensities, fit.solution.fitted)), strict=True
    )
    for number, (energies, measured, fitted) in enumerate(rows):
        up = APART * highest * (len(colors) - 1 - number)
        color, angle = colors[number], result.series.angles[number]
        ax.plot(energies, measured + up, ".", color="0.55", markersize=2.5, label="" if number else "measured")
        ax.plot(energies, fitted + up, "-", color=color, linewidth=1.2, label="" if number else "fit")
        ax.annotate(
            f"{angle:g}°",
            (energies[-1], fitted[-1] + up),
            (3, 0),
            textcoords="offset points",
            color=color,
            fontsize=8,
            va="center",
            annotation_clip=False,
        )
        below.plot(energies, 100 * (measured - fitted) / highest, "-", color=color, linewidth=0.7)
    below.axhline(0, color="black", linewidth=0.5)
    below.set_ylabel("residual / %")
    below.set_xlabel("energy / eV")
    limit = 110 * float(np.abs(fit.residuals).max()) / highest
    below.set_ylim(-limit, limit)
    ax.set_xlim(points.energies.min(), points.energies.max())
    ax.tick_params(labelbottom=False)
    ax.set_ylabel("intensity / arb. units")
    ax.set_yticks([])
    title = f"shift {result.shift.value:+.2f} eV, broadening {result.broadening.value:.2f} eV"
    ax.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=2,
        handlelength=1.2,
        title=title.replace("-", "\N{MINUS SIGN}"),
    )


def _draw_order(ax: Axes, result: OrderResult) -> None:
    """Draw the order parameter on a scale that has the tilt on its upper side."""
    low, high = result.tilt_interval
    _draw_estimate(ax, result.order, 0.0)
    ax.set_xlim(-0.5, 1.0)
    ax.set_xlabel(f"order parameter S = {_in_words(result.order)}")
    ax.axvline(0, color="0.6", linewidth=0.6, linestyle=":")
    ax.set_ylim(-1, 1)
    ax.set_yticks([])
    ax.tick_params(top=False)
    upper = ax.secondary_xaxis("top")
    upper.set_xticks(order_parameter(np.array(TILTS)).tolist(), [f"{tilt}°" for tilt in TILTS])
    upper.set_xlabel(f"tilt, if the same for all molecules: {result.tilt:.0f}° ({low:.0f}° to {high:.0f}°)")


def _draw_moments(ax: Axes, result: MomentsResult) -> None:
    """Draw the mean squared cosines of the principal axes."""
    for number, value in enumerate(result.eigenvalues):
        _draw_estimate(ax, value, -float(number))
    ax.axvline(1 / 3, color="0.6", linewidth=0.6, linestyle=":")
    ax.set_xlim(0, 1)
    ax.set_ylim(-2.6, 0.6)
    ax.set_yticks([0, -1, -2], [_name(axis) for axis in result.moments.axes])
    ax.set_xlabel(r"$\langle\cos^2\rangle$ of principal axis and film normal")


def _draw_estimate(ax: Axes, estimate: Estimate, height: float) -> None:
    noise = Estimate(estimate.value, estimate.noise, None).half_width
    ax.plot(
        np.add(estimate.value, [-noise, noise]),
        [height] * 2,
        "-",
        color="#0072b2",
        linewidth=5,
        alpha=0.4,
        solid_capstyle="butt",
    )
    ax.errorbar(estimate.value, height, xerr=estimate.half_width, fmt="o", color="#0072b2", markersize=4, capsize=3)


def _in_words(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ± {estimate.half_width:.2f}".replace("-", "\N{MINUS SIGN}")


def _name(axis: NDArray) -> str:
    return f"[{' '.join(f'{part:.1f}' for part in axis)}]".replace("-", "\N{MINUS SIGN}")
