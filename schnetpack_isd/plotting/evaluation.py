"""Figures of errors: the paper's, and how a model generalises over directions."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence

import numpy as np
from ase import Atoms
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread
from numpy.typing import NDArray

from schnetpack_isd.chemistry import import_rdkit, perceive_bonds
from schnetpack_isd.directions import direction_name
from schnetpack_isd.evaluation import Evaluation

from .comparison import plot_comparison
from .style import figure_style, save_figure

__all__ = [
    "draw_molecule",
    "plot_molecule",
    "plot_percentiles",
    "plot_sorted_errors",
    "plot_turned",
    "plot_turned_about_axes",
]

PERCENTILES = (0, 50, 95, 100)


def plot_sorted_errors(ax: Axes, errors: Mapping[str, NDArray]) -> None:
    """Draw errors in ascending order, one set of points for each model.

    Args:
        ax: Axes to draw on.
        errors: mean squared errors, of any shape, by the names of the models.
    """
    for name, values in errors.items():
        values = np.sort(values, axis=None)
        ax.plot(np.arange(1, len(values) + 1), values, ".", markersize=2.5, label=name, rasterized=True)
    ax.axhline(0.1, color="0.6", linewidth=0.8, zorder=0)
    ax.set_yscale("log")
    ax.set_xlabel("spectra in the order of their errors")
    ax.set_ylabel("mean squared error")
    if len(errors) > 1:
        ax.legend(markerscale=4)


def plot_percentiles(evaluation: Evaluation, path: str | os.PathLike) -> Figure:
    """Draw the spectra at some percentiles of the error, the paper's typical spectra.

    Args:
        evaluation: what to draw.
        path: the figure; its ending says in which format.

    Returns:
        The figure; :func:`save_figure` saves it in this style.
    """
    errors = evaluation.squared_errors()
    ranked = np.argsort(errors, axis=None)
    with figure_style():
        figure = Figure(figsize=(6.8, 4.8))
        for ax, percentile in zip(figure.subplots(2, 2, sharex=True).flat, PERCENTILES, strict=True):
            site, number = np.unravel_index(ranked[round(percentile / 100 * (len(ranked) - 1))], errors.shape)
            plot_comparison(
                ax, evaluation.energies, evaluation.calculated[site, number], evaluation.predicted[site, number]
            )
            along = direction_name(evaluation.directions[site, number])
            where = f"molecule {evaluation.molecule_id[site]}, atom {evaluation.site_atom[site]}, along {along}"
            ax.set_title(f"percentile {percentile}: MSE {errors[site, number]:.3g}\n{where}")
        figure.axes[0].legend()
        figure.supxlabel("energy / eV", fontsize=9)
        figure.supylabel("intensity / arb. unit", fontsize=9)
        save_figure(figure, path)
    return figure


def plot_molecule(evaluation: Evaluation, molecule_id: int, atoms: Atoms, path: str | os.PathLike) -> Figure:
    """Draw a molecule, the mean spectra over x, y and z of its sites, and their sum over its absorbing atoms.

    These means are the isotropic spectra of the calculation, and nearly so of the model. The sum is weighted by the
    multiplicities of the sites.

    Args:
        evaluation: spectra along x, y and z.
        molecule_id: id of the molecule.
        atoms: its structure.
        path: the figure; its ending says in which format.

    Returns:
        The figure; :func:`save_figure` saves it in this style.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: the molecule is not among those evaluated, or spectra are along other directions.
    """
    if not evaluation.along_axes():
        raise ValueError("The figure of a molecule needs spectra along x, y and z.")
    sites = np.flatnonzero(evaluation.molecule_id == molecule_id)
    if len(sites) == 0:
        raise ValueError(f"Molecule {molecule_id} is not among those evaluated.")
    calculated, predicted = (part[sites].mean(axis=1) for part in (evaluation.calculated, evaluation.predicted))
    multiplicity = evaluation.multiplicity[sites]
    n_columns = min(3, len(sites) + 2)
    n_rows = -(-(len(sites) + 2) // n_columns)
    with figure_style():
        figure = Figure(figsize=(2.6 * n_columns, 2.3 * n_rows))
        panels = iter(figure.subplots(n_rows, n_columns, squeeze=False).flat)
        draw_molecule(next(panels), atoms, evaluation.site_atom[sites])
        ax = next(panels)
        plot_comparison(ax, evaluation.energies, multiplicity @ calculated, multiplicity @ predicted)
        ax.set_title(f"molecule {molecule_id}, mean of x, y, z,\nsum over {int(multiplicity.sum())} atoms")
        ax.legend()
        for site, ax in zip(range(len(sites)), panels, strict=False):
            plot_comparison(ax, evaluation.energies, calculated[site], predicted[site])
            ax.set_title(f"atom {evaluation.site_atom[sites[site]]} (multiplicity {int(multiplicity[site])})")
        for ax in panels:
            ax.remove()
        figure.supxlabel("energy / eV", fontsize=9)
        figure.supylabel("intensity / arb. unit", fontsize=9)
        save_figure(figure, path)
    return figure


def plot_turned(ax: Axes, angles: NDArray, calculated: NDArray, predicted: NDArray, energies: NDArray) -> None:
    r"""Draw intensities along a direction that is turned, against the exact law :math:`A + B \cos 2(\phi - \phi_0)`.

    They are drawn for the energy at which the exact intensity changes most.

    Args:
        ax: Axes to draw on.
        angles: (n_directions,) angles in degrees.
        calculated: (n_directions, n_energies) exact spectra.
        predicted: (n_directions, n_energies) predicted spectra.
        energies: (n_energies,) axis in eV.
    """
    energy = int(np.argmax(np.ptp(calculated, axis=0)))
    ax.plot(angles, calculated[:, energy], color="0.45", label="exact")
    ax.plot(angles, predicted[:, energy], "o", markersize=3, color="#d55e00", label="predicted")
    ax.set_xlabel("angle / degree")
    ax.set_ylabel(f"intensity at {energies[energy]:.1f} eV / arb. unit")
    ax.legend()


def plot_turned_about_axes(turned: Mapping[str, Evaluation], path: str | os.PathLike) -> Figure:
    """Draw what :func:`~schnetpack_isd.evaluation.turned` gives, a panel for each axis.

    Intensities are sums over the sites of the database, which may be the symmetry-unique ones only: the exact law holds
    for any sum.

    Args:
        turned: evaluations by the names of the axes.
        path: the figure; its ending says in which format.

    Returns:
        The figure; :func:`save_figure` saves it in this style.
    """
    with figure_style():
        figure = Figure(figsize=(2.9 * len(turned), 2.7))
        for ax, (axis, evaluation) in zip(
            figure.subplots(1, len(turned), squeeze=False).flat, turned.items(), strict=True
        ):
            n_sites, n_angles = evaluation.calculated.shape[:2]
            angles = np.linspace(0, 180, n_angles)
            calculated, predicted = evaluation.calculated.sum(axis=0), evaluation.predicted.sum(axis=0)
            plot_turned(ax, angles, calculated, predicted, evaluation.energies)
            ax.set_title(f"molecule {evaluation.molecule_id[0]}, {n_sites} sites, about {axis}")
        save_figure(figure, path)
    return figure


def draw_molecule(ax: Axes, atoms: Atoms, sites: Sequence[int]) -> None:
    """Draw the structural formula, with the numbers of some atoms.

    Args:
        ax: Axes to draw on.
        atoms: the molecule.
        sites: indices of the atoms to mark.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: RDKit finds no bonds that make a neutral molecule.
    """
    chem = import_rdkit("drawings of molecules")
    from rdkit.Chem.Draw import rdMolDraw2D

    molecule = perceive_bonds(atoms)
    for site in sites:
        molecule.GetAtomWithIdx(int(site)).SetProp("atomNote", str(site))
        molecule.GetAtomWithIdx(int(site)).SetBoolProp("site", True)
    molecule = chem.RemoveHs(molecule)
    molecule.RemoveAllConformers()
    marked = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.HasProp("site")]
    drawer = rdMolDraw2D.MolDraw2DCairo(600, 500)
    drawer.drawOptions().annotationFontScale = 0.9
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule, highlightAtoms=marked)
    drawer.FinishDrawing()
    ax.imshow(imread(io.BytesIO(drawer.GetDrawingText())))
    ax.axis("off")
