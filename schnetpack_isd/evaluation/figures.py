"""Figures of evaluations: errors, typical sites, percentiles, molecules, rotated directions, and uncertainties."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
from ase import Atoms
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from schnetpack_isd.directions import as_direction
from schnetpack_isd.plotting import (
    draw_molecule,
    figure_style,
    plot_comparison,
    plot_coverage,
    plot_error_against_std,
    plot_retained_errors,
    plot_rotated,
    plot_sorted_errors,
    save_figure,
)
from schnetpack_isd.spectra.molecule import isotropic_from_unique_sites
from schnetpack_isd.spectra.smearing import smear

from .equivalent_errors import broadening_with_error, noise_with_error, shift_with_error
from .errors import Evaluation
from .uncertainty import rank_correlation, retained_errors, site_errors

__all__ = [
    "plot_equivalent_errors",
    "plot_error_distribution",
    "plot_molecule",
    "plot_percentiles",
    "plot_rotated_about_axes",
    "plot_typical_sites",
    "plot_uncertainty",
]

PERCENTILES = (0, 50, 95, 100)


def plot_error_distribution(evaluations: Mapping[str, Evaluation], path: str | os.PathLike[str]) -> Figure:
    """Draw the sorted errors of several models.

    Args:
        evaluations: evaluations by name of the model.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    with figure_style():
        several = len(evaluations) > 1
        longest = max(map(len, _short_names(list(evaluations)).values()))
        width = max(3.6, 0.07 * longest + 0.7) if several else 3.6
        figure = Figure(figsize=(width, 2.8 + 0.18 * len(evaluations) * several))
        ax = figure.subplots()
        names = _short_names(list(evaluations))
        plot_sorted_errors(ax, {names[name]: evaluation.squared_errors() for name, evaluation in evaluations.items()})
        if several:
            figure.legend(loc="outside upper left")
        save_figure(figure, path)
    return figure


def plot_typical_sites(evaluation: Evaluation, path: str | os.PathLike[str]) -> Figure:
    """Draw a good, a median and the worst site, each along all directions.

    Sites are ranked by their share of unexplained variance, see
    :meth:`~schnetpack_isd.evaluation.VarianceShares.by_site`, which is in the labels. The good one is at the fifth
    percentile.

    Args:
        evaluation: spectra to draw.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    shares = evaluation.variance_shares().by_site()
    ranked = np.argsort(shares)
    last = len(ranked) - 1
    typical = {"good": ranked[round(0.05 * last)], "median": ranked[round(0.5 * last)], "worst": ranked[last]}

    with figure_style():
        n_directions = evaluation.directions.shape[1]
        figure = Figure(figsize=(2.3 * n_directions + 0.6, 5.7))
        grid = figure.subplots(3, n_directions, sharex=True, sharey="row", squeeze=False)
        for axes, (rank, site) in zip(grid, typical.items(), strict=True):
            for number, ax in enumerate(axes):
                calculated, predicted = evaluation.calculated[site, number], evaluation.predicted[site, number]
                plot_comparison(ax, evaluation.energies, calculated, predicted, _threshold(evaluation, site))
                ax.set_title(as_direction(evaluation.directions[site, number]).description)
            drawn = np.concatenate([evaluation.calculated[site], evaluation.predicted[site]])
            axes[0].set_ylim(1.05 * min(0.0, drawn.min()), 1.05 * drawn.max())
            where = f"molecule {evaluation.molecule_id[site]}, atom {evaluation.site_atom[site]}"
            axes[0].set_ylabel(f"{rank}: {shares[site]:.1%}\n{where}\n\nintensity / arb. units")
        for ax in grid[-1]:
            ax.set_xlabel("energy / eV")
        figure.align_ylabels(grid[:, 0])
        _add_legend(figure, grid[0, 0])
        save_figure(figure, path)
    return figure


def plot_percentiles(evaluation: Evaluation, path: str | os.PathLike[str]) -> Figure:
    """Draw the spectra at the 0th, 50th, 95th and 100th percentile of the error, as in the paper.

    Args:
        evaluation: spectra to draw.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    errors = evaluation.squared_errors()
    ranked = np.argsort(errors, axis=None)
    with figure_style():
        figure = Figure(figsize=(6.8, 5.2))
        for ax, percentile in zip(figure.subplots(2, 2, sharex=True).flat, PERCENTILES, strict=True):
            site, number = np.unravel_index(ranked[round(percentile / 100 * (len(ranked) - 1))], errors.shape)
            calculated, predicted = evaluation.calculated[site, number], evaluation.predicted[site, number]
            plot_comparison(ax, evaluation.energies, calculated, predicted, _threshold(evaluation, site))
            along = as_direction(evaluation.directions[site, number]).description
            where = f"molecule {evaluation.molecule_id[site]}, atom {evaluation.site_atom[site]}\n{along}"
            ax.set_title(f"percentile {percentile}: MSE {errors[site, number]:.3g}\n{where}")
        _add_legend(figure, ax)
        figure.supxlabel("energy / eV", fontsize=9)
        figure.supylabel("intensity / arb. units", fontsize=9)
        save_figure(figure, path)
    return figure


def plot_equivalent_errors(evaluation: Evaluation, path: str | os.PathLike[str]) -> Figure:
    """Draw the spectrum of median error, and changes of the calculated spectrum with the same mean squared error.

    The changes are noise, a shift of the energies, and a further broadening. They show what an error means.

    Args:
        evaluation: spectra to draw.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.

    References:
        Shibata and Mizoguchi, Digital Discovery 2024, 3, 649, doi:10.1039/d4dd00021h, supplement.
    """
    errors = evaluation.squared_errors()
    site, number = np.unravel_index(np.argsort(errors, axis=None)[errors.size // 2], errors.shape)
    energies, error = evaluation.energies.astype(np.float64), float(errors[site, number])
    calculated = evaluation.calculated[site, number].astype(np.float64)
    shift, width = (find(energies, calculated, error) for find in (shift_with_error, broadening_with_error))
    changes = {"prediction": evaluation.predicted[site, number], "noise": noise_with_error(calculated, error)}
    if shift is not None:
        changes[f"shift by {shift:.2f} eV"] = np.interp(energies - shift, energies, calculated)
    if width is not None:
        changes[rf"broadening, $\sigma$ = {width:.2f} eV"] = smear(energies, calculated, width)
    with figure_style():
        figure = Figure(figsize=(2.1 * len(changes) + 0.4, 2.6))
        for ax, (name, changed) in zip(
            figure.subplots(1, len(changes), sharey=True, squeeze=False).flat, changes.items(), strict=True
        ):
            plot_comparison(ax, energies, calculated, changed)
            ax.set_title(name)
        where = f"molecule {evaluation.molecule_id[site]}, atom {evaluation.site_atom[site]}"
        figure.suptitle(f"the same mean squared error, {error:.3g} (median of all spectra; {where})", fontsize=9)
        figure.supxlabel("energy / eV", fontsize=9)
        figure.supylabel("intensity / arb. units", fontsize=9)
        save_figure(figure, path)
    return figure


def plot_uncertainty(evaluation: Evaluation, path: str | os.PathLike[str]) -> Figure:
    """Draw how well the standard deviations of an ensemble describe its errors.

    The panels have the share of errors inside the intervals, root mean square error and standard deviation of each
    site, and the root mean square error of the sites that are left when the most uncertain ones are not used.

    Args:
        evaluation: spectra of an ensemble.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.

    Raises:
        ValueError: the spectra are those of a single model.
    """
    if evaluation.uncertainty is None:
        raise ValueError("The figure of uncertainties needs the spectra of an ensemble.")
    differences = evaluation.predicted - evaluation.calculated
    stds, errors = evaluation.uncertainty.site_stds(), site_errors(differences)
    with figure_style():
        figure = Figure(figsize=(7.4, 2.8))
        panels = figure.subplots(1, 3)
        plot_coverage(panels[0], evaluation.uncertainty.coverage(differences))
        plot_error_against_std(panels[1], stds, errors)
        panels[1].set_title(f"sites, rank correlation {rank_correlation(stds, errors):.2f}")
        plot_retained_errors(panels[2], *retained_errors(stds, errors))
        save_figure(figure, path)
    return figure


def plot_molecule(evaluation: Evaluation, molecule_id: int, atoms: Atoms, path: str | os.PathLike[str]) -> Figure:
    """Draw a molecule, the mean spectra over x, y and z of its sites, and their sum over its absorbing atoms.

    For the calculation and for a model that predicts tensors, these means are the isotropic spectra; for another model,
    nearly so. The sum is weighted by the multiplicities of the sites.

    Args:
        evaluation: spectra along x, y and z.
        molecule_id: id of the molecule.
        atoms: its structure.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: the molecule has not been evaluated, or the directions are not x, y and z.
    """
    if not evaluation.along_axes():
        raise ValueError("The figure of a molecule needs spectra along x, y and z.")
    sites = np.flatnonzero(evaluation.molecule_id == molecule_id)
    if len(sites) == 0:
        raise ValueError(f"Molecule {molecule_id} has not been evaluated.")
    calculated, predicted = (part[sites].mean(axis=1) for part in (evaluation.calculated, evaluation.predicted))
    multiplicity = evaluation.multiplicity[sites]
    n_columns = min(3, len(sites) + 2)
    n_rows = -(-(len(sites) + 2) // n_columns)
    with figure_style():
        figure = Figure(figsize=(2.6 * n_columns, 2.3 * n_rows + 0.2))
        panels = iter(figure.subplots(n_rows, n_columns, squeeze=False).flat)
        draw_molecule(next(panels), atoms, evaluation.site_atom[sites].tolist())
        ax = next(panels)
        of_molecule = [isotropic_from_unique_sites(spectra, multiplicity) for spectra in (calculated, predicted)]
        plot_comparison(ax, evaluation.energies, of_molecule[0], of_molecule[1])
        ax.set_title(f"molecule {molecule_id}, mean of x, y, z,\nsum over {int(multiplicity.sum())} atoms")
        for site, ax in zip(range(len(sites)), panels, strict=False):
            if site == 0:
                first = ax
            else:
                ax.sharey(first)
            threshold = _threshold(evaluation, sites[site])
            plot_comparison(ax, evaluation.energies, calculated[site], predicted[site], threshold)
            equivalent = "" if multiplicity[site] == 1 else f" ({int(multiplicity[site])} equivalent)"
            atom = int(evaluation.site_atom[sites[site]])
            ax.set_title(f"{atoms.symbols[atom]}{atom}{equivalent}")
        for ax in panels:
            ax.remove()
        _add_legend(figure, first)
        figure.supxlabel("energy / eV", fontsize=9)
        figure.supylabel("intensity / arb. units", fontsize=9)
        save_figure(figure, path)
    return figure


def plot_rotated_about_axes(rotated: Mapping[str, Evaluation], angles: NDArray, path: str | os.PathLike[str]) -> Figure:
    """Draw intensities along directions rotated about x, about y and about z, a panel for each axis.

    Intensities are sums over the sites of the database, which can be symmetry-unique ones; the exact law holds for any
    sum.

    Args:
        rotated: result of :func:`~schnetpack_isd.evaluation.evaluate_rotated`.
        angles: (n_angles,) its angles in degrees.
        path: file to write; its ending is a format of Matplotlib.

    Returns:
        The figure; :func:`~schnetpack_isd.plotting.save_figure` saves it in this style.
    """
    with figure_style():
        figure = Figure(figsize=(2.9 * len(rotated), 3.0), layout=ConstrainedLayoutEngine(w_pad=0.1))  # inches
        for ax, (axis, evaluation) in zip(
            figure.subplots(1, len(rotated), squeeze=False).flat, rotated.items(), strict=True
        ):
            n_sites = len(evaluation.calculated)
            calculated, predicted = evaluation.calculated.sum(axis=0), evaluation.predicted.sum(axis=0)
            plot_rotated(ax, angles, calculated, predicted, evaluation.energies)
            sites = "1 site" if n_sites == 1 else f"{n_sites} sites"
            ax.set_title(f"molecule {evaluation.molecule_id[0]}, {sites}\nrotated about {axis}")
        _add_legend(figure, ax)
        save_figure(figure, path)
    return figure


def _short_names(names: list[str]) -> dict[str, str]:
    """Return names without the folders that all of them share at the beginning and at the end."""
    parts = [name.split("/") for name in names]
    if len(names) < 2:
        return {name: name for name in names}
    first = next((n for n in range(min(map(len, parts))) if len({part[n] for part in parts}) > 1), 0)
    last = next((n for n in range(1, min(map(len, parts)) + 1) if len({part[-n] for part in parts}) > 1), 1)
    return {name: "/".join(part[first : len(part) - last + 1]) for name, part in zip(names, parts, strict=True)}


def _threshold(evaluation: Evaluation, site: int) -> float | None:
    """Return the ionisation threshold of a site in eV, if it is known."""
    return None if evaluation.ionization_energy is None else float(evaluation.ionization_energy[site])


def _add_legend(figure: Figure, ax: Axes) -> None:
    """Add the legend of a panel above all panels, where it hides no spectrum."""
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3)
