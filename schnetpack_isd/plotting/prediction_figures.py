"""Figure of the predictions for a file of structures."""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from schnetpack_isd.prediction.store import MOLECULE, SpectrumStore

from .panels import plot_scan, plot_spectra
from .style import figure_style, save_figure

__all__ = ["plot_prediction"]

SCAN = "scan"
MOST_SITES = 12


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


def _energy_label(store: SpectrumStore) -> str:
    shift = store.attributes["energy_shift"]
    return "energy / eV" if shift == 0 else f"energy / eV (shifted by {shift:+g} eV)"
