"""Figure of the photoelectron spectra of a file of structures."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from schnetpack_isd.plotting import figure_style, label_lines, plot_xps
from schnetpack_isd.spectra.xps import group_lines, xps_axis, xps_spectrum
from schnetpack_isd.utils.text import name_atoms, with_subscripts

from .xps_file import StructureLines, XPSResults

__all__ = ["plot_xps_results"]

MOST_PANELS = 12
"""Largest number of structures that are drawn."""

MOST_ROWS = 4

LONGEST_LABEL = 9
"""Number of letters of the longest label that names atoms; a longer one counts them."""


def plot_xps_results(results: XPSResults) -> Figure:
    """Draw the photoelectron spectra of the first :data:`MOST_PANELS` structures, one in each panel.

    The panels have one energy axis, which increases to the left. Sticks are the sites; those within 0.05 eV are one
    stick, whose height is that of the peak that these sites alone would have. Horizontal error bars are one standard
    deviation of the ensemble that predicted the binding energies. Structures unlike the training data are marked.

    Args:
        results: lines of the structures.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.

    Warns:
        UserWarning: not all structures are drawn.
    """
    drawn, n_structures = results.structures[:MOST_PANELS], len(results.structures)
    n_columns = -(-len(drawn) // MOST_ROWS)
    n_rows = -(-len(drawn) // n_columns)
    every_line = np.concatenate([structure.lines.values for structure in drawn])
    energies = xps_axis(every_line, results.fwhm, results.lorentzian_fwhm)
    with figure_style():
        figure = Figure(figsize=(3.4 * n_columns, 0.8 + (2.2 if n_rows == 1 else 1.7) * n_rows))
        panels = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True)
        for column in range(len(drawn) - (n_rows - 1) * n_columns, n_columns):  # empty ones in the last row
            panels[-1, column].remove()
            panels[-2, column].tick_params(labelbottom=True)
        axes = panels.flat[: len(drawn)].tolist()
        for ax, structure in zip(axes, drawn, strict=True):
            _set_title(ax, structure, n_structures > 1)
        element = results.record.absorbing_element
        figure.supxlabel(f"{element} 1s binding energy / eV\n{_describe_axis(results)}", fontsize=9)
        figure.supylabel("intensity / (atoms / eV)", fontsize=9)
        outlines = [_draw(ax, energies, structure, results) for ax, structure in zip(axes, drawn, strict=True)]
        entries = axes[0].get_legend_handles_labels()
        legend = figure.legend(
            *entries, loc="outside upper center", ncols=min(n_columns + 1, 3), handlelength=1.5, columnspacing=1.5
        )
        if len(drawn) < n_structures:
            warnings.warn(
                f"The figure of XPS spectra has the first {len(drawn)} of {n_structures} structures; a table (.csv) "
                "has all of them.",
                stacklevel=2,
            )
            legend.set_title(f"the first {len(drawn)} of {n_structures} structures")
        figure.draw_without_rendering()  # labels need the sizes of the panels
        for ax, structure, outline in zip(axes, drawn, outlines, strict=True):
            _label(ax, energies, structure, outline, element)
    return figure


def _set_title(ax: Axes, structure: StructureLines, is_one_of_several: bool) -> None:
    title = with_subscripts(structure.formula)
    if is_one_of_several and structure.source:
        title += f", {Path(structure.source).name}"
    if structure.extrapolated:
        title += "\nEXTRAPOLATED: unlike the training data"
    ax.set_title(title, color="red" if structure.extrapolated else "black")


def _draw(ax: Axes, energies: NDArray, structure: StructureLines, results: XPSResults) -> NDArray:
    """Draw a spectrum and its lines, and return the spectrum."""
    widths = (results.fwhm, results.lorentzian_fwhm)
    spectrum = structure.lines.xps(energies, *widths)
    groups = group_lines(structure.lines.values)
    [peak] = xps_spectrum([0.0], [0.0], *widths)
    positions = _positions(structure, groups)
    heights = [len(group) * peak for group in groups]
    stds = [std for group in groups if (std := structure.lines.std_of_mean(group)) is not None] or None
    plot_xps(ax, energies, spectrum, positions, heights, stds, f"sum, Gaussian FWHM {results.fwhm:g} eV")
    return spectrum


def _label(ax: Axes, energies: NDArray, structure: StructureLines, outline: NDArray, element: str) -> None:
    groups = group_lines(structure.lines.values)
    labels = [_name_atoms(element, structure.lines.site_atom[group].tolist()) for group in groups]
    if not label_lines(ax, energies, outline, _positions(structure, groups), labels):
        text = f"{len(groups)} lines,\nnot labelled"
        ax.text(0.02, 0.95, text, transform=ax.transAxes, fontsize=7, va="top", ha="left")


def _positions(structure: StructureLines, groups: Sequence[NDArray]) -> list[float]:
    return [float(structure.lines.values[group].mean()) for group in groups]


def _describe_axis(results: XPSResults) -> str:
    shift, uncertainty = results.shift
    shifted = f"shifted by {shift:+g}".replace("-", "\N{MINUS SIGN}")
    if uncertainty is not None:
        return f"(experimental axis: {shifted} ± {uncertainty:g} eV)"
    return "(calculated axis)" if shift == 0 else f"(calculated axis, {shifted} eV)"


def _name_atoms(element: str, atoms: Sequence[int]) -> str:
    """Return a short label of atoms; how many they are if it is too long."""
    label = name_atoms(element, atoms)
    return label if len(label) <= LONGEST_LABEL else f"{len(atoms)} {element}"
