"""Convergence of the recipe of `spkisd calculate`: how far spectra move with better bases and grids.

    OMP_NUM_THREADS=1 python benchmarks/recipe.py TABLE.md

The rows change one setting each. The first number is the shift of the ionisation threshold in eV. The spectrum is
shifted back by it, and the next numbers are differences from the recipe: the root of the sum of the squares over the
tensor and the energies of a band, relative to that of the recipe's spectrum. Broadening and axis are those of the
bundled spectra.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from processor import processor

from schnetpack_isd.data.sources import StickSpectrum
from schnetpack_isd.datasets import sample_settings
from schnetpack_isd.dft import RECIPE, Recipe, calculate_site, structure_from_smiles
from schnetpack_isd.utils.progress import show_progress

SITES = {"ethanol, CH3": ("CCO", 0), "acetone, CO": ("CC(C)=O", 1), "thiophene, C2": ("c1ccsc1", 1)}
"""SMILES and index of the excited atom."""

BANDS = ((289.0, 297.0), (297.0, 303.0), (303.0, 314.0))

DENSER = tuple((momentum, low / 2, 2 * high, number + 8) for momentum, low, high, number in RECIPE.continuum)

VARIANTS: Mapping[str, dict] = {
    "grid of 75 radial and 302 angular points": {"grid": (75, 302)},
    "aug-cc-pwCVTZ on the excited atom": {"core_basis": "aug-cc-pwCVTZ"},
    "ccECP-cc-pVTZ on other heavy atoms": {"valence_basis": "ccECP-cc-pVTZ"},
    "def2-TZVP on H": {"hydrogen_basis": "def2-TZVP"},
    "8 functions more of each kind in the second basis, wider range": {"continuum": DENSER},
    "converged to 1e-9 hartree": {"tolerance": 1e-9},
    "one function in the second basis instead of 38": {"continuum": ((0, 0.5, 0.5, 1),)},
    "BLYP instead of PBE": {"functional": "BLYP"},
}


def timed(atoms: Atoms, atom: int, recipe: Recipe) -> tuple[StickSpectrum, float]:
    """Calculate a site; return it and the seconds."""
    start = time.perf_counter()
    return calculate_site(atoms, atom, recipe=recipe), time.perf_counter() - start


def tensor(site: StickSpectrum, shift: float) -> NDArray:
    """Return the broadened components (6, n_energies) of a shifted site, off-diagonal ones counted twice."""
    threshold = site.ionization_energy or 0.0
    shifted = replace(site, energies=site.energies + shift, ionization_energy=threshold + shift)
    settings = sample_settings()
    weights = np.sqrt([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])[:, None]
    return weights * shifted.components(np.asarray(settings.energies), settings.broadening)


def differences(site: StickSpectrum, reference: StickSpectrum) -> str:
    """Return the shift of the threshold, and the relative differences in the bands."""
    shift = (site.ionization_energy or 0.0) - (reference.ionization_energy or 0.0)
    found, known = tensor(site, -shift), tensor(reference, 0.0)
    axis = np.asarray(sample_settings().energies)
    bands = [(axis >= low) & (axis < high) for low, high in BANDS]
    shares = [np.linalg.norm((found - known)[:, band]) / np.linalg.norm(known[:, band]) for band in bands]
    return f"{shift:+.2f} eV; " + ", ".join(f"{share:.3f}" for share in shares)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    options = parser.parse_args()
    structures = {name: (structure_from_smiles(smiles), atom) for name, (smiles, atom) in SITES.items()}
    references = {name: timed(*site, RECIPE) for name, site in structures.items()}
    bands = ", ".join(f"{low:g}-{high:g}" for low, high in BANDS)
    lines = [f"| change | {' | '.join(SITES)} | time |", f"| --- {'| --- ' * len(SITES)}| --- |"]
    for change, arguments in show_progress(VARIANTS.items(), "variants", total=len(VARIANTS)):
        recipe, cells, times = Recipe(**arguments), [], []
        for name, site in structures.items():
            found, seconds = timed(*site, recipe)
            cells.append(differences(found, references[name][0]))
            times.append(seconds / references[name][1])
        lines.append(f"| {change} | {' | '.join(cells)} | {np.median(times):.1f} |")
    options.table.write_text("\n".join(lines) + "\n")
    print(f"{processor()}; bands {bands} eV; time relative to the recipe")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
