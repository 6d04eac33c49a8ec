"""Compare calculated ionisation thresholds with measured C 1s binding energies.

    python benchmarks/energy_axis.py [FILES ...]

The bundled spectra are compared, and those of further files of calculated molecules. The lines of a molecule are
matched in the order of their energies. If a line is not resolved, the sites are divided into as many groups of
neighbouring thresholds as there are lines, so that the scatter in the groups is least. Molecules of which some lines
were not measured are left out.
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from ase.io import iread
from numpy.typing import NDArray
from rdkit import Chem

from schnetpack_isd.data.sources import open_spectra
from schnetpack_isd.datasets.ck_sample import SAMPLE_STICKS, SAMPLE_STRUCTURES

MEASURED = Path(__file__).parent / "experiment" / "binding_energies.csv"

Sites = list[tuple[float, int]]
"""Thresholds in eV and multiplicities."""


def bundled() -> Iterator[tuple[str, Sites]]:
    """Iterate over the bundled molecules: SMILES and sites."""
    with open_spectra(SAMPLE_STICKS) as file:
        for atoms in iread(SAMPLE_STRUCTURES):
            sites = file.sites(int(atoms.info["id"]))
            yield atoms.info["smiles"], [(float(site.ionization_energy or np.nan), site.multiplicity) for site in sites]


def further(path: Path) -> Iterator[tuple[str, Sites]]:
    """Iterate over the molecules of a file with thresholds, see `tools/bundle_sample.py` for the layout."""
    with h5py.File(path) as file:
        for group in file.values():
            if "thresholds" in group:
                multiplicities = group["sites"][:, 1].tolist()
                yield group.attrs["smiles"], list(zip(group["thresholds"][()].tolist(), multiplicities, strict=True))


def grouped(sites: Sites, n_groups: int) -> NDArray:
    """Return the mean thresholds of groups of neighbouring sites, ascending."""
    ordered = np.array(sorted(sites))
    best, means = np.inf, np.empty(0)
    for cuts in itertools.combinations(range(1, len(ordered)), n_groups - 1):
        groups = np.split(ordered, cuts)
        found = np.array([np.average(group[:, 0], weights=group[:, 1]) for group in groups])
        scatter = sum(float(np.sum(g[:, 1] * (g[:, 0] - mean) ** 2)) for g, mean in zip(groups, found, strict=True))
        if scatter < best:
            best, means = scatter, found
    return means


def main() -> None:
    """Print the shifts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="HDF5 files of calculated molecules")
    options = parser.parse_args()
    measured = defaultdict(list)
    with MEASURED.open() as file:
        for row in csv.DictReader(file):
            measured[Chem.CanonSmiles(row["smiles"])].append((float(row["energy_ev"]), row["name"], row["site"]))
    calculated = dict(bundled())
    for path in options.files:
        calculated |= dict(further(path))
    shifts = []
    for smiles, sites in calculated.items():
        lines = sorted(measured.pop(Chem.CanonSmiles(smiles), []))
        unresolved = any("not resolved" in site for _, _, site in lines)
        if len(lines) == len(sites) or (unresolved and len(lines) < len(sites)):
            for (energy, name, site), threshold in zip(lines, grouped(sites, len(lines)), strict=True):
                shifts.append(energy - threshold)
                print(f"{name:24s} {site:32s} {energy:7.2f} {threshold:7.2f} {energy - threshold:6.2f}")
    print(f"{len(shifts)} lines: {np.mean(shifts):.2f} eV, standard deviation {np.std(shifts, ddof=1):.2f} eV")
    print(f"median {np.median(shifts):.2f} eV, from {min(shifts):.2f} to {max(shifts):.2f} eV")


if __name__ == "__main__":
    main()
