"""Figure of a spectrum as a stack of contributions, beside the numbered molecule."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from ase import Atoms
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import ColorType

from schnetpack_isd.analysis.structure_prediction import PredictedStructure
from schnetpack_isd.measured import MeasuredSpectrum
from schnetpack_isd.plotting import draw_molecule, figure_style
from schnetpack_isd.spectra import Alignment
from schnetpack_isd.utils.rdkit import import_rdkit, perceive_bonds
from schnetpack_isd.utils.text import name_atoms, with_subscripts

from .assignment import Assignment

__all__ = ["plot_assignment"]

COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
"""Colour-blind safe palette of Okabe and Ito, for as many groups; more groups have colours of a rainbow."""

MOST_ENTRIES = 12
"""Largest number of groups that a legend names."""


def plot_assignment(
    assignment: Assignment,
    predicted: PredictedStructure,
    measured: tuple[MeasuredSpectrum, Alignment] | None = None,
) -> Figure:
    """Draw the contributions of groups of sites on top of each other, beside the molecule in the same colours.

    The black line is their sum, with a band of one standard deviation. Peaks are numbered as in the table. Triangles
    at the top are the ionisation thresholds of the groups. The molecule is left out if RDKit finds no bonds, or several
    molecules.

    Args:
        assignment: the assignment.
        predicted: the structure, and the origin of its spectra.
        measured: spectrum to draw over the sum, and its alignment with it.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.

    Warns:
        UserWarning: the molecule cannot be drawn.
    """
    atoms, element = predicted.atoms, predicted.record.absorbing_element
    colors = _colors(len(assignment.groups))
    with figure_style():
        figure = Figure(figsize=(7.2, 3.4))
        left, right = figure.subplots(1, 2, width_ratios=(2, 1))
        _draw_stack(left, assignment, colors, element)
        if measured is not None:
            _draw_measured(left, assignment, *measured)
        left.set_xlabel(predicted.record.axis_label())
        left.set_ylabel("intensity / arb. units")
        right.axis("off")
        if not _draw_molecule(right, assignment, atoms, colors):
            warnings.warn("RDKit finds no bonds of one neutral molecule, so the figure is without it.", stacklevel=2)
        warning = predicted.figure_warning
        title = with_subscripts(atoms.symbols.get_chemical_formula()) + warning
        right.set_title(title, color="red" if warning else "black")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, handlelength=1.5)
    return figure


def _draw_stack(ax: Axes, assignment: Assignment, colors: Sequence[ColorType], element: str) -> None:
    energies, spectrum, std = assignment.energies, assignment.spectrum, assignment.spectrum_std
    names = [name_atoms(element, group) for group in assignment.groups]
    if len(names) > MOST_ENTRIES:  # the colours of the molecule tell the others
        names[MOST_ENTRIES:] = ["_"] * (len(names) - MOST_ENTRIES)
    ax.stackplot(energies, np.maximum(assignment.spectra, 0.0), colors=colors, labels=names, alpha=0.85, linewidth=0)
    ax.plot(energies, spectrum, "-", color="black", linewidth=1.0, label="sum")
    if std is not None:
        band = (np.maximum(spectrum - std, 0.0), spectrum + std)
        ax.fill_between(energies, *band, color="black", alpha=0.3, linewidth=0, label=r"±1$\sigma$ of the model")
    if assignment.thresholds is not None:
        style: dict[str, Any] = {"marker": "v", "linestyle": "", "markeredgecolor": "black", "markersize": 6}
        for threshold, color in zip(assignment.thresholds, colors, strict=True):
            ax.plot(threshold, 0.97, color=color, transform=ax.get_xaxis_transform(), zorder=4, **style)
        ax.plot([], [], color="white", label="thresholds", **style)
    for number, peak in enumerate(assignment.peaks, 1):
        height = peak.intensity if std is None else peak.intensity + np.interp(peak.energy, energies, std)
        ax.annotate(str(number), (peak.energy, height), (0, 3), textcoords="offset points", ha="center", fontsize=8)
    ax.set_xlim(energies[0], energies[-1])
    ax.set_ylim(0.0, 1.25 * spectrum.max())


def _draw_measured(ax: Axes, assignment: Assignment, measured: MeasuredSpectrum, alignment: Alignment) -> None:
    """Draw a measured spectrum on the axis and the scale of the prediction."""
    axis = measured.energies - alignment.shift
    inside = (axis >= assignment.energies[0]) & (axis <= assignment.energies[-1])
    scaled = (measured.intensities - alignment.offset) / alignment.scale
    label = f"measured, shifted by {-alignment.shift:+.2f} eV".replace("-", "\N{MINUS SIGN}")
    ax.plot(axis[inside], scaled[inside], ":", color="black", linewidth=1.4, label=label)
    ax.set_ylim(0.0, 1.25 * max(assignment.spectrum.max(), scaled[inside].max()))


def _draw_molecule(ax: Axes, assignment: Assignment, atoms: Atoms, colors: Sequence[ColorType]) -> bool:
    """Draw the molecule with discs of the colours of the groups; return whether RDKit finds bonds of one molecule."""
    sites = [(atom, color) for group, color in zip(assignment.groups, colors, strict=True) for atom in group]
    try:
        if len(import_rdkit("drawings of molecules").GetMolFrags(perceive_bonds(atoms))) > 1:
            return False  # RDKit would draw them into each other
        draw_molecule(ax, atoms, [atom for atom, _ in sites], [color for _, color in sites])
    except ValueError:
        return False
    return True


def _colors(number: int) -> list[ColorType]:
    if number <= len(COLORS):
        return list(COLORS[:number])
    return list(matplotlib.colormaps["turbo"](np.linspace(0.05, 0.95, number)))
