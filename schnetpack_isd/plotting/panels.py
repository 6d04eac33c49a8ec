"""Panels of figures: functions that draw on the Axes they are given."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from ase import Atoms
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.image import imread
from matplotlib.typing import ColorType
from numpy.typing import NDArray

from schnetpack_isd.directions import ISOTROPIC, describe_label
from schnetpack_isd.spectra.alignment import Alignment, edge_step
from schnetpack_isd.utils.rdkit import import_rdkit, perceive_bonds

__all__ = [
    "draw_molecule",
    "plot_alignment",
    "plot_comparison",
    "plot_correlations",
    "plot_coverage",
    "plot_error_against_std",
    "plot_retained_errors",
    "plot_rotated",
    "plot_scan",
    "plot_sorted_errors",
    "plot_spectra",
]

CALCULATED = "0.45"
PREDICTED = "#d55e00"  # vermilion of the colour-blind safe palette of Okabe and Ito
LINES = ("-", "--", ":", "-.")
QUARTERS = (0, 45, 90, 135, 180)
ANGLES = LinearSegmentedColormap.from_list(
    "angles", ["#332288", "#882255", "#cc3311", "#ddaa33", "#44aa55", "#117799", "#332288"]
)
"""Cyclic colours: a direction at 180 degrees is the one at 0."""


def plot_comparison(
    ax: Axes, energies: NDArray, calculated: NDArray, predicted: NDArray, threshold: float | None = None
) -> None:
    """Draw a calculated spectrum as an area and a predicted one as a line.

    Args:
        ax: Axes to draw on.
        energies: (n_energies,) axis in eV.
        calculated: (n_energies,) intensities.
        predicted: (n_energies,) intensities.
        threshold: ionisation threshold of the site in eV, drawn as a vertical line.
    """
    if threshold is not None:
        ax.axvline(threshold, color="black", linestyle=":", linewidth=0.8, label="ionisation threshold")
    ax.fill_between(energies, calculated, color=CALCULATED, alpha=0.35, linewidth=0, label="calculated")
    ax.plot(energies, predicted, color=PREDICTED, linewidth=1.4, label="predicted")
    ax.set_xlim(energies[0], energies[-1])


def plot_spectra(
    ax: Axes, energies: NDArray, spectra: Mapping[str, NDArray], spreads: Mapping[str, NDArray] | None = None
) -> None:
    """Draw spectra as lines, the isotropic one in black.

    Args:
        ax: Axes to draw on.
        energies: (n_energies,) axis in eV.
        spectra: (n_energies,) intensities by label, see :mod:`schnetpack_isd.directions`.
        spreads: (n_energies,) standard deviations by label, drawn as bands.
    """
    for label, spectrum in spectra.items():
        [line] = ax.plot(energies, spectrum, label=describe_label(label))
        if label == ISOTROPIC:
            line.set(color="black", linestyle="-", linewidth=1.0, zorder=3)
        if spreads is not None:
            below, above = spectrum - spreads[label], spectrum + spreads[label]
            below = np.maximum(below, np.minimum(spectrum, 0.0))  # absorption is not negative
            ax.fill_between(energies, below, above, color=line.get_color(), alpha=0.2, linewidth=0)
    ax.set_xlim(energies[0], energies[-1])


def plot_alignment(
    ax: Axes,
    alignment: Alignment,
    energies: NDArray,
    predicted: NDArray,
    measured_energies: NDArray,
    measured: NDArray,
) -> None:
    """Draw a measured spectrum, and a predicted one as it was fitted to it.

    Args:
        ax: Axes to draw on.
        alignment: the fit.
        energies: (n_energies,) predicted axis in eV.
        predicted: (n_energies,) predicted intensities.
        measured_energies: (n,) measured axis in eV.
        measured: (n,) measured intensities.
    """
    axis, fitted = alignment.apply(energies, predicted)
    inside = (axis >= np.min(measured_energies)) & (axis <= np.max(measured_energies))
    axis, fitted = axis[inside], fitted[inside]
    ax.plot(measured_energies, measured, ".", color=CALCULATED, markersize=3, label="measured")
    ax.plot(axis, fitted, color=PREDICTED, label="fit")
    step = alignment.offset + alignment.step * edge_step(axis, alignment.edge)
    ax.plot(axis, step, "--", color=PREDICTED, linewidth=0.8, label="offset, edge step")
    ax.set_xlabel("energy / eV")
    ax.set_ylabel("intensity / arb. units")
    title = f"shift {alignment.shift:+.2f} eV, correlation {alignment.correlation:.2f}"
    ax.legend(title=title, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize="small")


def plot_correlations(ax: Axes, alignment: Alignment) -> None:
    """Draw the correlation of a fit at each shift that was tried.

    Args:
        ax: Axes to draw on.
        alignment: the fit.
    """
    ax.plot(alignment.shifts, alignment.correlations, color=PREDICTED)
    ax.axvline(alignment.shift, color=CALCULATED, linewidth=0.8)
    ax.set_xlabel("shift / eV")
    ax.set_ylabel("correlation")


def plot_scan(ax: Axes, energies: NDArray, angles: Sequence[float], spectra: NDArray, bar: bool = True) -> None:
    """Draw spectra along a direction that rotates, coloured by its angle; dashed beyond 90 degrees.

    Args:
        ax: Axes to draw on.
        energies: (n_energies,) axis in eV.
        angles: (n_directions,) angles in degrees, from 0 to 180.
        spectra: (n_directions, n_energies) intensities.
        bar: put a colour bar beside the Axes.
    """
    colors = ScalarMappable(Normalize(0, 180), ANGLES)
    for angle, color, spectrum in zip(angles, colors.to_rgba(np.asarray(angles)), spectra, strict=True):
        ax.plot(energies, spectrum, "-" if angle <= 90 else "--", color=color, linewidth=1.0)
    ax.set_xlim(energies[0], energies[-1])
    if bar:
        drawn = ax.figure.colorbar(colors, ax=ax, pad=0.02, ticks=QUARTERS)
        drawn.ax.set_title("angle / °", fontsize="small")


def plot_sorted_errors(ax: Axes, errors: Mapping[str, NDArray]) -> None:
    """Draw errors in ascending order, one line for each model.

    Args:
        ax: Axes to draw on.
        errors: mean squared errors, of any shape, by name of the model.
    """
    for number, (name, values) in enumerate(errors.items()):
        values = np.sort(values, axis=None)
        line = LINES[number % len(LINES)]
        ax.plot(np.arange(1, len(values) + 1), values, line, color=f"C{number}", linewidth=1.4, label=name)
    ax.set_yscale("log")
    ax.set_xlabel("spectra, sorted by error")
    ax.set_ylabel("mean squared error")


def plot_rotated(ax: Axes, angles: NDArray, calculated: NDArray, predicted: NDArray, energies: NDArray) -> None:
    r"""Draw calculated and predicted intensities along a direction that rotates.

    The calculated ones follow :math:`A + B \cos 2(\phi - \phi_0)` exactly.
    The energy is the one at which the calculated intensity changes most.

    Args:
        ax: Axes to draw on.
        angles: (n_directions,) angles in degrees.
        calculated: (n_directions, n_energies) calculated spectra.
        predicted: (n_directions, n_energies) predicted spectra.
        energies: (n_energies,) axis in eV.
    """
    energy = int(np.argmax(np.ptp(calculated, axis=0)))
    ax.plot(angles, calculated[:, energy], color=CALCULATED, label="calculated")
    ax.plot(angles, predicted[:, energy], "o", markersize=3, color=PREDICTED, label="predicted")
    ax.set_xticks(QUARTERS)
    ax.set_ylim(bottom=min(0.0, predicted[:, energy].min()))
    ax.set_xlabel("angle / degree")
    ax.set_ylabel(f"intensity at {energies[energy]:.1f} eV / arb. units")


def plot_coverage(ax: Axes, coverage: Mapping[float, float]) -> None:
    """Draw the share of errors inside intervals against their nominal level.

    Args:
        ax: Axes to draw on.
        coverage: shares by level.
    """
    ax.plot([0, 100], [0, 100], color=CALCULATED, linewidth=0.8)
    ax.plot([100 * level for level in coverage], [100 * share for share in coverage.values()], "o", color=PREDICTED)
    ax.set_xlim(40, 100)
    ax.set_ylim(40, 100)
    ax.set_xlabel("nominal level of the interval / %")
    ax.set_ylabel("errors inside / %")


def plot_error_against_std(ax: Axes, stds: NDArray, errors: NDArray) -> None:
    """Draw the error of each site against its standard deviation.

    Args:
        ax: Axes to draw on.
        stds: (n_sites,) standard deviations.
        errors: (n_sites,) root mean square errors.
    """
    limits = [0.8 * min(stds.min(), errors.min()), 1.25 * max(stds.max(), errors.max())]
    ax.plot(limits, limits, color=CALCULATED, linewidth=0.8)
    ax.plot(stds, errors, ".", color=PREDICTED, markersize=2.5, alpha=0.6)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("standard deviation / arb. units")
    ax.set_ylabel("error / arb. units")


def plot_retained_errors(ax: Axes, shares: NDArray, by_std: NDArray, by_error: NDArray) -> None:
    """Draw the error of the sites that are kept when the most uncertain ones are left out.

    Args:
        ax: Axes to draw on.
        shares: (n,) shares of the sites that are kept.
        by_std: (n,) root mean square errors of the sites with the smallest standard deviations.
        by_error: (n,) those of the sites with the smallest errors.
    """
    ax.plot(100 * shares, by_std, "-", color=PREDICTED, label="least uncertain")
    ax.plot(100 * shares, by_error, "--", color=CALCULATED, label="least wrong")
    ax.axhline(by_std[-1], color=CALCULATED, linewidth=0.8, linestyle=":", label="all")
    ax.set_xlim(0, 100)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("sites that are kept / %")
    ax.set_ylabel("error / arb. units")
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, 0.95), fontsize="small")


def draw_molecule(ax: Axes, atoms: Atoms, sites: Sequence[int], colors: Sequence[ColorType] | None = None) -> None:
    """Draw the structural formula of a molecule, with the numbers of some atoms.

    Args:
        ax: Axes to draw on.
        atoms: the molecule.
        sites: indices of the atoms to number.
        colors: colour of the disc behind each of them; no discs if not given.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: RDKit finds no bonds that make a neutral molecule.
    """
    chem = import_rdkit("drawings of molecules")
    from rdkit.Chem.Draw import rdMolDraw2D

    molecule = perceive_bonds(atoms)
    for site in sites:
        molecule.GetAtomWithIdx(int(site)).SetProp("atomNote", str(site))
    molecule = chem.RemoveHs(molecule)
    molecule.RemoveAllConformers()
    number = {int(atom.GetProp("atomNote")): atom.GetIdx() for atom in molecule.GetAtoms() if atom.HasProp("atomNote")}
    discs = {number[int(site)]: to_rgb(color) for site, color in zip(sites, colors or (), strict=False)}
    drawer = rdMolDraw2D.MolDraw2DCairo(600, 500)
    drawer.drawOptions().annotationFontScale = 1.0  # type: ignore[assignment]
    rdMolDraw2D.PrepareAndDrawMolecule(
        drawer, molecule, highlightAtoms=list(discs), highlightAtomColors=discs, highlightBonds=[]
    )
    drawer.FinishDrawing()
    ax.imshow(imread(io.BytesIO(drawer.GetDrawingText())))
    ax.axis("off")
