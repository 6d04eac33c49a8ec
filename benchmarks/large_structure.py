"""Time and memory of the prediction of one large structure, a cluster of benzene molecules.

    python benchmarks/large_structure.py MODEL [--atoms 50000] [--isotropic]

The memory is the largest resident size of the process, and that before the prediction.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from ase import Atoms
from ase.build import molecule
from processor import processor

from schnetpack_isd.prediction import SpectrumPredictor

SPACING = (7.4, 6.6, 3.9)


def cluster(n_atoms: int) -> Atoms:
    """Return benzene molecules on a grid, with random displacements of 0.05 A."""
    benzene = molecule("C6H6")
    n_molecules = n_atoms // len(benzene)
    n_edge = int(np.ceil(n_molecules ** (1 / 3)))
    cells = np.stack(np.unravel_index(np.arange(n_molecules), (n_edge, n_edge, n_edge)), axis=1)
    positions = (benzene.positions + (cells * SPACING)[:, None]).reshape(-1, 3)
    positions += np.random.default_rng(0).normal(0.0, 0.05, positions.shape)
    return Atoms(np.tile(benzene.numbers, n_molecules), positions)


def peak_memory() -> float:
    """Return the largest resident size of the process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print time and memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--atoms", type=int, default=50_000)
    parser.add_argument("--isotropic", action="store_true", help="also the average over all directions")
    options = parser.parse_args()
    predictor, atoms = SpectrumPredictor(options.model), cluster(options.atoms)
    before, start = peak_memory(), time.perf_counter()
    [spectra] = predictor.predict(atoms, isotropic=options.isotropic)
    duration = time.perf_counter() - start
    print(processor())
    print(
        f"{len(atoms)} atoms, {len(spectra.site_atom)} sites: {duration:.0f} s, {peak_memory():.0f} MB "
        f"({before:.0f} MB before)"
    )


if __name__ == "__main__":
    main()
