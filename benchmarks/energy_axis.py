"""Compare calculated energies of carbon 1s with measured ones: ionisation thresholds, and first resonances.

    python benchmarks/energy_axis.py

The lines of a molecule are matched with its sites in the order of their energies. If a line is not resolved, the sites
are divided into as many groups of neighbouring thresholds as there are lines, so that the scatter in the groups is
least. Molecules of which some lines were not measured are left out. The first resonance of a site is the first maximum
of its isotropic spectrum that reaches a quarter of the highest intensity below the threshold.
"""

from __future__ import annotations

import csv
import itertools
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from schnetpack_isd.data.sources import Site, iter_structures, open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES, sample_settings

Line: TypeAlias = tuple[float, str, str]
"""Measured binding energy in eV, molecule and site."""

FOLDER = Path(__file__).parent / "experiment"

ENERGIES = np.arange(286.0, 312.0, 0.01)  # eV

GEOMETRIES = ("distorted", "conformer")
"""Kinds of structures that are not compared: gases have relaxed ones."""


def bundled() -> dict[str, tuple[str, list[Site]]]:
    """Return the bundled molecules by canonical SMILES: SMILES in the order of the atoms, and sites."""
    molecules = {}
    with open_spectra(MOLECULES_SPECTRA) as file:
        for number, atoms in iter_structures(MOLECULES_STRUCTURES, set(file.ids)):
            if atoms is not None and atoms.info.get("kind") not in GEOMETRIES:
                smiles = atoms.info["smiles"]
                molecules[Chem.CanonSmiles(smiles)] = (smiles, file.sites(number))
    return molecules


def compare_thresholds(molecules: dict[str, tuple[str, list[Site]]]) -> None:
    """Print measured binding energies beside calculated thresholds."""
    shifts = []
    for smiles, lines in measured_lines().items():
        for (energy, name, site), threshold in match_lines(lines, molecules.get(smiles, ("", []))[1]):
            shifts.append(report(name, site, energy, threshold))
    summarise("thresholds", shifts)


def measured_lines() -> dict[str, list[Line]]:
    """Return the measured binding energies of each molecule by its SMILES, ascending."""
    measured = defaultdict(list)
    with (FOLDER / "binding_energies.csv").open() as file:
        for row in csv.DictReader(file):
            measured[Chem.CanonSmiles(row["smiles"])].append((float(row["energy_ev"]), row["name"], row["site"]))
    return {smiles: sorted(found) for smiles, found in measured.items()}


def match_lines(lines: Sequence[Line], sites: Sequence[Site]) -> list[tuple[Line, float]]:
    """Return the measured lines of a molecule with the thresholds of its sites; none if they do not match."""
    unresolved = any("not resolved" in site for _, _, site in lines)
    if len(lines) == len(sites) or (unresolved and len(lines) < len(sites)):
        return list(zip(lines, grouped(sites, len(lines)).tolist(), strict=True))
    return []


def compare_resonances(molecules: dict[str, tuple[str, list[Site]]]) -> None:
    """Print measured resonances beside calculated ones."""
    shifts: dict[bool, list[float]] = {True: [], False: []}
    with (FOLDER / "resonances.csv").open() as file:
        for row in csv.DictReader(file):
            if (found := molecules.get(Chem.CanonSmiles(row["smiles"]))) is None:
                continue
            smiles, sites = found
            pattern = Chem.MolFromSmarts(row["smarts"])
            atoms = {match[0] for match in Chem.MolFromSmiles(smiles).GetSubstructMatches(pattern)}
            energies = [first_resonance(site) for site in sites if site.atom in atoms]
            weights = [site.multiplicity for site in sites if site.atom in atoms]
            energy = float(row["energy_ev"])
            shift = report(row["name"], row["assignment"], energy, float(np.average(energies, weights=weights)))
            shifts["pi" in row["assignment"]].append(shift)
    summarise("pi* resonances", shifts[True])
    summarise("others", shifts[False])


def first_resonance(site: Site) -> float:
    """Return the energy of the first resonance of a site in eV."""
    spectrum = site.components(ENERGIES, sample_settings().broadening)[:3].mean(axis=0)
    threshold = float(site.ionization_energy or np.nan)
    least = spectrum[threshold - 0.5 > ENERGIES].max() / 4
    is_maximum = (spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] >= spectrum[2:]) & (spectrum[1:-1] > least)
    return float(ENERGIES[1:-1][is_maximum][0])


def grouped(sites: Sequence[Site], n_groups: int) -> NDArray:
    """Return the mean thresholds of groups of neighbouring sites, ascending."""
    ordered = np.array(sorted((float(site.ionization_energy or np.nan), site.multiplicity) for site in sites))
    best, means = np.inf, np.empty(0)
    for cuts in itertools.combinations(range(1, len(ordered)), n_groups - 1):
        groups = np.split(ordered, cuts)
        found = np.array([np.average(group[:, 0], weights=group[:, 1]) for group in groups])
        scatter = sum(float(np.sum(g[:, 1] * (g[:, 0] - mean) ** 2)) for g, mean in zip(groups, found, strict=True))
        if scatter < best:
            best, means = scatter, found
    return means


def report(name: str, what: str, measured: float, calculated: float) -> float:
    """Print a line, and return the shift."""
    print(f"{name:24s} {what[:40]:40s} {measured:7.2f} {calculated:7.2f} {measured - calculated:6.2f}")
    return measured - calculated


def summarise(what: str, shifts: list[float]) -> None:
    """Print mean, scatter and range of shifts."""
    print(
        f"{len(shifts)} {what}: {np.mean(shifts):.2f} eV, standard deviation {np.std(shifts, ddof=1):.2f} eV, median "
        f"{np.median(shifts):.2f} eV, from {min(shifts):.2f} to {max(shifts):.2f} eV"
    )


def main() -> None:
    """Print both comparisons."""
    molecules = bundled()
    compare_thresholds(molecules)
    compare_resonances(molecules)


if __name__ == "__main__":
    main()
