"""Draw predicted spectra of well-known molecules, along and across their planes, beside the calculated ones.

    python benchmarks/known_molecules.py FIGURE FOLDER [--model ck_edge]

The energies are on the experimental axis. Dotted lines are one standard deviation of the model away. Ticks are measured
π* resonances, as far as `experiment/resonances.csv` has them. Titles name the part of the split that a molecule is in:
the model was trained on the training part, and its standard deviation calibrated on the validation part. The database
is made in the folder, unless it is there; the model must be one of `bundled_model.py`.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from bundled_model import load_trained
from bundled_split import PARTS
from energy_axis import FOLDER
from learning_curve import DATABASE
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from rdkit import Chem

from schnetpack_isd.data.sources import Site, iter_structures, open_spectra
from schnetpack_isd.data.stored_rows import molecule_ids
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES, sample_settings
from schnetpack_isd.plotting import figure_style, save_figure
from schnetpack_isd.prediction import SpectrumPredictor, StructureSpectra
from schnetpack_isd.pretrained import DEFAULT_MODEL
from schnetpack_isd.spectra import project

MOLECULES = {
    "benzene": "c1ccccc1",
    "pyridine": "c1ccncc1",
    "toluene": "Cc1ccccc1",
    "thiophene": "c1ccsc1",
    "ethene": "C=C",
    "acetone": "CC(C)=O",
    "acetamide": "CC(N)=O",
    "carbon dioxide": "O=C=O",
}

ACROSS, IN_PLANE = "#0072b2", "#d55e00"

ENTRIES = (
    Line2D([], [], color="black", linewidth=1.1, label="predicted"),
    Line2D([], [], color="black", linewidth=0.6, linestyle=":", label="one standard deviation away"),
    Patch(color="black", alpha=0.25, linewidth=0, label="calculated"),
    Line2D([], [], color="black", linewidth=0, marker="|", markersize=8, label="measured π* resonance"),
)
"""Legend of all panels."""


@dataclass(frozen=True)
class Reference:
    """A bundled molecule: its id, structure and calculated sites."""

    number: int
    atoms: Atoms
    sites: list[Site]


def find_references() -> dict[str, Reference]:
    """Return the bundled molecules by the names of :data:`MOLECULES`."""
    wanted = {Chem.CanonSmiles(smiles): name for name, smiles in MOLECULES.items()}
    found: dict[str, Reference] = {}
    with open_spectra(MOLECULES_SPECTRA) as file:
        for number, atoms in iter_structures(MOLECULES_STRUCTURES, set(file.ids)):
            if atoms is None or atoms.info.get("kind") in ("distorted", "conformer", "ion", "dimer"):
                continue
            name = wanted.get(Chem.CanonSmiles(atoms.info["smiles"]))
            if name is not None and name not in found:
                found[name] = Reference(number, atoms, file.sites(number))
    return found


def read_resonances() -> dict[str, list[float]]:
    """Return the measured energies of π* resonances in eV, by canonical SMILES."""
    found: dict[str, list[float]] = {}
    with (FOLDER / "resonances.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if re.search(r"pi\w*\*", row["assignment"]):
                found.setdefault(Chem.CanonSmiles(row["smiles"]), []).append(float(row["energy_ev"]))
    return found


def special_axis(atoms: Atoms) -> tuple[NDArray, str, str]:
    """Return the normal of the plane of the heavy atoms, or the axis of a linear molecule, and names of directions.

    The spectrum across is along this vector; the other one is the mean of two directions at right angles to it.
    """
    heavy = atoms.positions[atoms.numbers > 1]
    _, lengths, axes = np.linalg.svd(heavy - heavy.mean(axis=0))
    if len(heavy) < 3 and len(atoms) > len(heavy):  # the hydrogen atoms tell the plane
        _, lengths, axes = np.linalg.svd(atoms.positions - atoms.positions.mean(axis=0))
    if lengths[1] < 1e-2 * lengths[0]:
        return axes[0], "along the axis", "across the axis"
    return axes[2], "across the plane", "in the plane"


def across_and_other(isotropic: NDArray, along: NDArray) -> tuple[NDArray, NDArray]:
    """Return spectra along an axis, and the mean of those at right angles to it."""
    return along, (3 * isotropic - along) / 2


def calculated(reference: Reference, axis: NDArray, energies: NDArray, scale: float) -> tuple[NDArray, NDArray]:
    """Return the calculated spectra of a molecule; equivalent atoms have the same along its normal."""
    broadening = sample_settings().broadening
    tensors = np.array([site.multiplicity * site.components(energies, broadening) for site in reference.sites])
    total = tensors.sum(axis=0) / scale
    return across_and_other(total[:3].mean(axis=0), project(total[None], axis[None])[0, 0])


def draw(ax: Axes, title: str, reference: Reference, predictor: SpectrumPredictor, ticks: list[float]) -> None:
    """Draw a molecule."""
    axis, first, second = special_axis(reference.atoms)
    [spectra] = predictor.predict([reference.atoms], [tuple(axis)], isotropic=True)

    def part(which: int) -> Callable[[StructureSpectra], NDArray]:
        return lambda of: across_and_other(of.isotropic_molecular_spectrum, of.molecular_spectrum[0])[which]

    references = calculated(reference, axis, predictor.energies - predictor.energy_shift, predictor.intensity_scale)
    for which, (label, color) in enumerate(((first, ACROSS), (second, IN_PLANE))):
        value, std = spectra.with_std(part(which))
        ax.fill_between(predictor.energies, references[which], color=color, alpha=0.25, linewidth=0)
        ax.plot(predictor.energies, value, "-", color=color, linewidth=1.1, label=label)
        for edge in (np.maximum(value - std, 0.0), value + std):
            ax.plot(predictor.energies, edge, ":", color=color, linewidth=0.6)
    top = ax.get_ylim()[1]
    for energy in ticks:
        ax.plot([energy, energy], [1.02 * top, 1.12 * top], color="black", linewidth=1.0)
    ax.set_ylim(0, 1.14 * top)
    ax.set_xlim(283, 302)
    ax.set_title(title)
    ax.legend(loc="upper right", fontsize=7, handlelength=1.2)


def main() -> None:
    """Draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figure", type=Path)
    parser.add_argument("folder", type=Path, help="folder of `bundled_model.py`")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args()
    model, parts = load_trained(options.model, options.folder)
    ids = molecule_ids(options.folder / DATABASE)
    part_of = {ids[row]: name for name, rows in zip(PARTS, parts, strict=True) for row in rows}
    predictor = SpectrumPredictor(model, experimental_axis=True)
    references, measured = find_references(), read_resonances()
    with figure_style():
        figure = Figure(figsize=(7.4, 8.8))
        for ax, (name, smiles) in zip(figure.subplots(4, 2, sharex=True).flat, MOLECULES.items(), strict=True):
            title = f"{name} ({part_of[references[name].number]})"
            draw(ax, title, references[name], predictor, measured.get(Chem.CanonSmiles(smiles), []))
        figure.legend(handles=ENTRIES, loc="outside upper center", ncols=4, fontsize=8)
        figure.supxlabel("energy / eV (experimental axis)", fontsize=9)
        figure.supylabel("intensity / arb. units", fontsize=9)
        save_figure(figure, options.figure)


if __name__ == "__main__":
    main()
