"""Figures of predicted spectra."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from schnetpack_isd.prediction.store import MOLECULE, SpectrumStore

from .style import figure_style, save_figure

__all__ = ["plot_prediction", "plot_scan", "plot_spectra"]

ISOTROPIC = "isotropic"
SCAN = "scan"
MOST_SITES = 12


def plot_spectra(
    ax: Axes, energies: NDArray, spectra: Mapping[str, NDArray], spreads: Mapping[str, NDArray] | None = None
) -> None:
    """Draw spectra as lines, the isotropic one in black.

    Args:
        ax: Axes to draw on.
        energies: (n_energies,) axis in eV.
        spectra: (n_energies,) intensities by their labels.
        spreads: (n_energies,) standard deviations by label, drawn as bands.
    """
    for label, spectrum in spectra.items():
        color = {"color": "black", "linestyle": "-", "linewidth": 1.0, "zorder": 3} if label == ISOTROPIC else {}
        [line] = ax.plot(energies, spectrum, label=_described(label), **color)
        if spreads is not None:
            below, above = spectrum - spreads[label], spectrum + spreads[label]
            ax.fill_between(energies, below, above, color=line.get_color(), alpha=0.2, linewidth=0)
    ax.set_xlim(energies[0], energies[-1])


def plot_scan(ax: Axes, energies: NDArray, angles: Sequence[float], spectra: NDArray) -> None:
    """Draw spectra along a direction that is turned, coloured by its angle; dashed beyond 90 degrees.

    Args:
        ax: Axes to draw on; a colour bar is put beside it.
        energies: (n_energies,) axis in eV.
        angles: (n_directions,) angles in degrees, from 0 to 180.
        spectra: (n_directions, n_energies) intensities.
    """
    colors = ScalarMappable(Normalize(0, 180))
    for angle, spectrum in zip(angles, spectra, strict=True):
        ax.plot(energies, spectrum, "-" if angle <= 90 else "--", color=colors.to_rgba(angle), linewidth=1.0)
    ax.set_xlim(energies[0], energies[-1])
    bar = ax.figure.colorbar(colors, ax=ax, label="angle / degree", pad=0.02)
    bar.set_ticks([0, 45, 90, 135, 180])


def plot_prediction(store: SpectrumStore, path: str | os.PathLike) -> Figure:
    """Draw what was predicted for a file of structures.

    Molecular spectra, their mean and standard deviation if there are several structures; a panel of its own for the
    directions of a scan; the sites of the first structure, if they were asked for.

    Args:
        store: the predicted spectra.
        path: the figure; its ending says in which format.

    Returns:
        The figure; :func:`save_figure` saves it in this style.
    """
    if len(store) == 0:
        raise ValueError("There is no spectrum to draw.")
    means, spreads, formulas = _molecular(store)
    lines = {label: mean for label, mean in means.items() if not label.startswith(SCAN)}
    scan = {float(label.removeprefix(SCAN)): mean for label, mean in means.items() if label.startswith(SCAN)}
    sites = _sites_of_the_first(store)
    n_panels = bool(lines) + bool(scan) + len(sites)
    n_columns = min(n_panels, 3)
    n_rows = -(-n_panels // n_columns)
    n_structures, formula = formulas.total(), next(iter(formulas))
    of = "structures" if len(formulas) == 1 else f"structures of {len(formulas)} compositions"
    several = n_structures > 1
    whose = f"{n_structures} {of}" if several else f"{formula}, all sites"
    with figure_style():
        figure = Figure(figsize=(3.4 * n_columns + 0.2, 2.6 * n_rows))
        panels = figure.subplots(n_rows, n_columns, squeeze=False)
        free = iter(panels.flat)
        if lines:
            ax = next(free)
            plot_spectra(ax, store.energies, lines, spreads if several else None)
            ax.legend()
            ax.set_title(f"mean and standard deviation of\n{whose}" if several else whose)
        if scan:
            ax = next(free)
            plot_scan(ax, store.energies, list(scan), np.array(list(scan.values())))
            ax.set_title(f"{'mean of ' if several else ''}{whose},\nturned about {store.attributes['scan_axis']}")
        for atom, spectra in sites.items():
            ax = next(free)
            plot_spectra(ax, store.energies, spectra)
            ax.set_title(f"{formula}, atom {atom}")
        for ax in free:
            ax.remove()
        figure.supxlabel(_energy_label(store), fontsize=9)
        figure.supylabel("intensity / arb. unit", fontsize=9)
        save_figure(figure, path)
    return figure


def _molecular(store: SpectrumStore) -> tuple[dict[str, NDArray], dict[str, NDArray], Counter[str]]:
    """Mean and standard deviation over the structures by label, and the number of structures of each formula."""
    sums: dict[str, NDArray] = {}
    formulas: Counter[str] = Counter()
    for row in store.rows():
        if row.atom == MOLECULE:
            spectrum = row.spectrum.astype(np.float64)
            sums[row.label] = sums.get(row.label, 0.0) + np.stack([spectrum, spectrum**2])
            formulas[row.formula] += row.label == next(iter(sums))  # every structure has every label
    moments = {label: both / formulas.total() for label, both in sums.items()}
    means = {label: mean for label, (mean, _) in moments.items()}
    spreads = {label: np.sqrt(np.clip(square - mean**2, 0.0, None)) for label, (mean, square) in moments.items()}
    return means, spreads, formulas


def _sites_of_the_first(store: SpectrumStore) -> dict[int, dict[str, NDArray]]:
    sites: dict[int, dict[str, NDArray]] = {}
    first = None
    for row in store.rows():
        first = row.structure if first is None else first
        if row.structure != first or len(sites) > MOST_SITES:
            break
        if row.atom != MOLECULE and not row.label.startswith(SCAN):
            sites.setdefault(row.atom, {})[row.label] = row.spectrum
    return dict(list(sites.items())[:MOST_SITES])


def _described(label: str) -> str:
    return label if label == ISOTROPIC else f"along {label}"


def _energy_label(store: SpectrumStore) -> str:
    shift = store.attributes["energy_shift"]
    return "energy / eV" if shift == 0 else f"energy / eV (shifted by {shift:+g} eV)"
