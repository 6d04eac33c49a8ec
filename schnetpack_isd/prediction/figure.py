"""Figure of the predictions for a file of structures."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from schnetpack_isd.directions import ISOTROPIC, RotatedDirection, parse_direction
from schnetpack_isd.plotting import figure_style, plot_scan, plot_spectra, save_figure
from schnetpack_isd.utils.text import with_subscripts

from .store import MOLECULE, PredictedSpectrum, SpectrumStore

__all__ = ["plot_prediction"]

MOST_SITES = 12
"""Largest number of sites that are drawn."""

N_COLUMNS = 3


@dataclass(frozen=True)
class _Molecular:
    """Mean of the molecular spectra over the structures, by label, and the width of the band about it.

    For several structures, the band is the standard deviation over them. For one, it is that of an ensemble, if there
    is one.
    """

    mean: dict[str, NDArray]
    band: dict[str, NDArray] | None
    formulas: Counter[str]

    @property
    def is_several(self) -> bool:
        return self.formulas.total() > 1

    @property
    def subject(self) -> str:
        """Structures of which the spectra are."""
        if not self.is_several:
            return f"{with_subscripts(next(iter(self.formulas)))}, all sites"
        compositions = "" if len(self.formulas) == 1 else f" of {len(self.formulas)} compositions"
        return f"{self.formulas.total()} structures{compositions}"


def plot_prediction(store: SpectrumStore, path: str | os.PathLike[str]) -> Figure:
    """Draw the predictions for a file of structures.

    One panel has the molecular spectra, their mean and standard deviation over the structures if there are several. A
    scan has its own panel. If the store has site spectra, further panels show the first :data:`MOST_SITES` sites
    of the first structure, all on one scale. Bands about the spectra of one structure are one standard deviation of the
    ensemble that predicted them. Structures unlike the training data are marked.

    Args:
        store: the predicted spectra.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.

    Raises:
        ValueError: there is no spectrum.

    Warns:
        UserWarning: not all sites are drawn.
    """
    if len(store) == 0:
        raise ValueError(f"{store.path} holds no spectrum that could be drawn.")
    molecular = _molecular(store)
    if len(molecular.formulas) > 1:
        warnings.warn(
            f"The figure has the mean over structures of {len(molecular.formulas)} compositions; draw structures of "
            "different molecules one by one.",
            stacklevel=2,
        )
    first, sites = _sites_of_the_first(store)
    scan = _scan(store.record.labels)
    lines = [label for label in molecular.mean if label not in scan]
    n_panels = bool(lines) + bool(scan) + len(sites)
    n_columns = min(n_panels, N_COLUMNS)
    n_rows = -(-n_panels // n_columns)
    with figure_style():
        legend_height = 0.2 * -(-len(lines) // 2) if n_columns == 1 else 0.0
        figure = Figure(figsize=(3.4 * n_columns + 0.2, 2.6 * n_rows + legend_height))
        free = iter(figure.subplots(n_rows, n_columns, squeeze=False).flat)
        if lines:
            ax = next(free)
            _draw_lines(ax, store.energies, molecular, lines)
            n_in_a_row = len(lines) if n_columns > 1 else 2
            figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=n_in_a_row)
        if scan:
            _draw_scan(next(free), store.energies, molecular, scan)
        _draw_sites([next(free) for _ in sites], store, sites, f" of {first}" if molecular.is_several else "")
        for ax in free:
            ax.remove()
        if store.record.extrapolated:
            _mark_extrapolation(figure, store.record.extrapolated)
        figure.supxlabel(store.record.axis_label(), fontsize=9)
        figure.supylabel("intensity / arb. units", fontsize=9)
        save_figure(figure, path)
    return figure


def _mark_extrapolation(figure: Figure, n_structures: int) -> None:
    text = f"EXTRAPOLATED: {n_structures} structure{'s are' if n_structures > 1 else ' is'} unlike the training data"
    if figure.legends:
        figure.legends[0].set_title(text)
        figure.legends[0].get_title().set_color("red")
    else:
        figure.suptitle(text, color="red", fontsize=9)


def _draw_sites(
    panels: list[Axes], store: SpectrumStore, sites: dict[int, dict[str, PredictedSpectrum]], structure: str
) -> None:
    """Draw the spectra of each site in a panel, all on one scale; a scan if there is nothing else."""
    for ax, (atom, rows) in zip(panels, sites.items(), strict=True):
        spectra = {label: row.spectrum for label, row in rows.items()}
        if ax is not panels[0]:
            ax.sharey(panels[0])
        scan = _scan(tuple(spectra))
        if len(scan) == len(spectra):
            angles = [direction.angle for direction in scan.values()]
            plot_scan(ax, store.energies, angles, np.array(list(spectra.values())), bar=False)
        else:
            lines = [label for label in spectra if label not in scan]
            band = _bands({label: rows[label] for label in lines})
            plot_spectra(ax, store.energies, {label: spectra[label] for label in lines}, band)
        ax.set_title(f"{store.record.absorbing_element}{atom}{structure}")


def _draw_lines(ax: Axes, energies: NDArray, molecular: _Molecular, labels: list[str]) -> None:
    mean = {label: molecular.mean[label] for label in labels}
    plot_spectra(ax, energies, mean, molecular.band)
    title = "mean and standard deviation of\n" if molecular.is_several else ""
    band = "\nbands: one standard deviation of the model" if molecular.band and not molecular.is_several else ""
    ax.set_title(f"{title}{molecular.subject}{band}")


def _draw_scan(ax: Axes, energies: NDArray, molecular: _Molecular, scan: dict[str, RotatedDirection]) -> None:
    angles = [direction.angle for direction in scan.values()]
    plot_scan(ax, energies, angles, np.array([molecular.mean[label] for label in scan]))
    about = next(iter(scan.values())).axis_description
    title = "mean of " if molecular.is_several else ""
    ax.set_title(f"{title}{molecular.subject},\nrotated about {about}")


def _scan(labels: tuple[str, ...]) -> dict[str, RotatedDirection]:
    """Directions of a scan by their labels."""
    directions = {label: parse_direction(label) for label in labels if label != ISOTROPIC}
    return {label: direction for label, direction in directions.items() if isinstance(direction, RotatedDirection)}


def _molecular(store: SpectrumStore) -> _Molecular:
    sums: dict[str, NDArray] = {}
    formulas: Counter[str] = Counter()
    first = store.record.labels[0]  # every structure has every label
    for row in store.rows():
        if row.atom == MOLECULE:
            spectrum = row.spectrum.astype(np.float64)
            sums[row.label] = sums.get(row.label, 0.0) + np.stack([spectrum, spectrum**2])
            formulas[row.formula] += row.label == first
    moments = {label: both / formulas.total() for label, both in sums.items()}
    mean = {label: mean for label, (mean, _) in moments.items()}
    band: dict[str, NDArray] | None = {
        label: np.sqrt(np.clip(square - mean**2, 0.0, None)) for label, (mean, square) in moments.items()
    }
    if formulas.total() == 1:
        band = _bands({row.label: row for row in store.rows() if row.atom == MOLECULE})
    return _Molecular(mean, band, formulas)


def _bands(rows: Mapping[str, PredictedSpectrum]) -> dict[str, NDArray] | None:
    """Return the standard deviations of an ensemble by label; None if a single model predicted the spectra."""
    stds = {label: row.spectrum_std for label, row in rows.items()}
    return {label: std for label, std in stds.items() if std is not None} or None


def _sites_of_the_first(store: SpectrumStore) -> tuple[str, dict[int, dict[str, PredictedSpectrum]]]:
    """Return the source of the first structure, and the spectra of its first sites by atom and label."""
    first = next(store.rows())
    sites: dict[int, dict[str, PredictedSpectrum]] = {}
    atoms = set()
    for row in store.rows():
        if row.structure != first.structure:
            break
        if row.atom != MOLECULE:
            atoms.add(row.atom)
            if len(atoms) <= MOST_SITES:
                sites.setdefault(row.atom, {})[row.label] = row
    if len(atoms) > MOST_SITES:
        warnings.warn(f"The figure has {MOST_SITES} of the {len(atoms)} sites of {first.source}.", stacklevel=3)
    return first.source, sites
