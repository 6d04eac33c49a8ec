"""Draw calculated spectra with one basis and with a second one for the continuum, and measure their differences.

    python benchmarks/continuum.py docs/images/continuum.png docs/images/benzene_calculated.png

The lines of benzene, hexane, acetone and glycine are in `benchmarks/data`: those of the first version of the bundled
spectra (one basis), and those of the second (glycine was calculated for this figure in the same two ways). The first
version was broadened with 0.5 eV; the second has the broadening of the bundled spectra. The second figure has the
bundled spectrum of benzene along the normal of the ring and in its plane, on the experimental axis.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
from ase.io import iread
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from schnetpack_isd.data.sources import SiteFile, open_spectra
from schnetpack_isd.datasets import SAMPLE_STICKS, SAMPLE_STRUCTURES, sample_settings
from schnetpack_isd.plotting import figure_style, save_figure
from schnetpack_isd.spectra import Broadening, isotropic_from_unique_sites, project

DATA = Path(__file__).parent / "data"
MOLECULES = {214: "benzene", 543: "hexane", 18: "acetone", 999999: "glycine"}
ENERGIES = np.linspace(289.0, 314.0, 1251)
BENZENE, SHIFT = 214, -7.5
RESONANCES = {285.0: r"$\pi^*$", 289.4: r"$\pi^*$", 293.2: r"$\sigma^*$", 300.2: r"$\sigma^*$"}
"""Energies in eV after the shift."""

BANDS = (290.0, 296.0, 300.0, 306.0, 314.0)
CONSTANT, RAMP = Broadening.constant(0.5), sample_settings().broadening


def tensors(file: SiteFile, molecule_id: int, broadening: Broadening) -> NDArray:
    """Return the tensors (n_sites, 6, n_energies) of a molecule."""
    return np.stack([site.components(ENERGIES, broadening) for site in file.sites(molecule_id)])


def isotropic(file: SiteFile, molecule_id: int, broadening: Broadening) -> NDArray:
    """Return the isotropic spectrum (n_energies,) of a molecule for each absorbing atom."""
    multiplicity = np.array([site.multiplicity for site in file.sites(molecule_id)])
    traces = tensors(file, molecule_id, broadening)[:, :3].mean(axis=1)
    return isotropic_from_unique_sites(traces, multiplicity) / multiplicity.sum()


def difference(one: NDArray, two: NDArray, low: float, high: float) -> float:
    """Return the root of the summed squares of the difference of tensors, relative to the second ones, in a band."""
    weights = np.array([1, 1, 1, 2, 2, 2])[:, None]
    band = (low <= ENERGIES) & (high >= ENERGIES)
    return float(np.sqrt(np.sum((weights * (one - two) ** 2)[..., band]) / np.sum((weights * two**2)[..., band])))


def plot_molecule(ax: Axes, one_basis: SiteFile, two_bases: SiteFile, molecule_id: int) -> None:
    """Draw the isotropic spectra of a molecule, and its ionisation thresholds."""
    first, second = isotropic(one_basis, molecule_id, CONSTANT), isotropic(two_bases, molecule_id, RAMP)
    same_width = isotropic(one_basis, molecule_id, RAMP)
    unit = 1e3
    ax.plot(
        ENERGIES, unit * first, color="#888888", linewidth=0.9, linestyle="-", label="one basis, 0.5 eV (first version)"
    )
    ax.plot(
        ENERGIES, unit * same_width, color="#d55e00", linewidth=1.1, linestyle="--", label="one basis, growing width"
    )
    ax.plot(
        ENERGIES,
        unit * second,
        color="#0072b2",
        linewidth=1.5,
        linestyle="-",
        label="two bases, growing width (bundled)",
    )
    ax.set(title=MOLECULES[molecule_id], xlim=(289, 314))
    ax.set_ylim(0, 1.05 * unit * max(first[ENERGIES < 312].max(), second.max()))
    thresholds = sorted({round(site.ionization_energy or 0.0, 2) for site in two_bases.sites(molecule_id)})
    ax.plot(
        thresholds, np.zeros(len(thresholds)), "^", color="black", markersize=5, clip_on=False,
        label="ionisation threshold", linestyle="none", zorder=5,
    )  # fmt: skip


def benzene_along_normal_and_in_plane() -> tuple[NDArray, NDArray]:
    """Return the spectra (n_energies,) of benzene along the normal of its ring, and the mean in its plane."""
    [atoms] = [atoms for atoms in iread(SAMPLE_STRUCTURES) if atoms.info["id"] == BENZENE]
    normal = np.linalg.svd(atoms.positions - atoms.positions.mean(axis=0))[2][2]
    with open_spectra(SAMPLE_STICKS) as file:
        tensor = 6 * tensors(file, BENZENE, RAMP)
    along = project(tensor, normal[None])[0, 0]  # the six atoms see the normal alike
    return along, (tensor[0, :3].sum(axis=0) - along) / 2


def plot_benzene(path: str) -> None:
    """Draw benzene, with the usual assignment of its resonances."""
    along, in_plane = benzene_along_normal_and_in_plane()
    axis, unit = ENERGIES + SHIFT, 1e3
    with figure_style():
        figure = Figure(figsize=(4.6, 3.2))
        ax = figure.subplots()
        ax.plot(axis, unit * along, color="#0072b2", linestyle="-", label="along the normal of the ring")
        ax.plot(axis, unit * in_plane, color="#d55e00", linestyle="--", label="in the plane of the ring")
        ax.plot(axis, unit * (along + 2 * in_plane) / 3, color="#000000", linestyle="-", lw=1, label="isotropic")
        for energy, name in RESONANCES.items():
            spectrum = along if "pi" in name else in_plane
            height = unit * np.interp(energy, axis, spectrum)
            ax.annotate(name, (energy, height), xytext=(4, 6), textcoords="offset points", fontsize=8)
        ax.set(xlim=(282, 306.5), ylim=(0, 1.12 * unit * along.max()), title="benzene, calculated")
        ax.set(xlabel=f"energy / eV (shifted by {SHIFT:g} eV)", ylabel="intensity / 10⁻³ bohr² eV⁻¹")
        ax.legend(loc="upper right")
        save_figure(figure, path)


def main() -> None:
    """Draw the figures and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figure", help="figure of four molecules to write")
    parser.add_argument("benzene", help="figure of benzene to write")
    options = parser.parse_args()
    plot_benzene(options.benzene)
    bands = list(pairwise(BANDS))
    print("| molecule |", " | ".join(f"{low:g} to {high:g} eV" for low, high in bands), "|")
    print("| --- |", " | ".join("---" for _ in bands), "|")
    with (
        open_spectra(DATA / "continuum_one_basis.hdf5") as one_basis,
        open_spectra(DATA / "continuum_two_bases.hdf5") as two_bases,
        figure_style(),
    ):
        figure = Figure(figsize=(7.0, 5.2))
        for ax, (molecule_id, name) in zip(figure.subplots(2, 2).flat, MOLECULES.items(), strict=True):
            plot_molecule(ax, one_basis, two_bases, molecule_id)
            one, two = tensors(one_basis, molecule_id, RAMP), tensors(two_bases, molecule_id, RAMP)
            print(f"| {name} |", " | ".join(f"{difference(one, two, *band):.2f}" for band in bands), "|")
        figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
        figure.supxlabel("energy / eV", fontsize=9)
        figure.supylabel("isotropic intensity per carbon atom / 10⁻³ bohr² eV⁻¹", fontsize=9)
        save_figure(figure, options.figure)


if __name__ == "__main__":
    main()
