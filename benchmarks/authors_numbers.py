"""Deviation of imported models from the authors' code and from their formulas.

    python benchmarks/authors_numbers.py [tests/reference]

Each number is the largest deviation over all atoms, directions and channels, in units of the largest absolute value.
The outputs of the authors' code are in the folder tests/reference. At the paper's size, a model with random weights is
compared with the authors' formulas in float64 (schnetpack_isd.testing.authors_network).
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from ase.build import molecule
from processor import processor
from schnetpack.interfaces import AtomsConverter
from schnetpack.transform import MatScipyNeighborList

from schnetpack_isd.pretrained import import_weights
from schnetpack_isd.testing.authors_network import NAMES, PAPER, formulas, random_state, reference, write_files


def compute(state: dict, config: dict, atoms: list[Atoms], directions: np.ndarray) -> list[np.ndarray]:
    """Return spectra, scalar and vector features of all atoms, with all structures in one batch."""
    with tempfile.TemporaryDirectory() as folder:
        model = import_weights(*write_files(Path(folder), state, config))
    inputs = AtomsConverter(MatScipyNeighborList(cutoff=config["cutoff"]))(atoms)
    inputs["direction"] = torch.tensor(directions, dtype=torch.float32).repeat(len(atoms), 1, 1)
    inputs["site_mask"] = torch.ones(len(inputs["_atomic_numbers"]), dtype=torch.bool)
    with torch.no_grad():
        spectrum = model(inputs)["spectrum"]
    features = (inputs[f"{kind}_representation"][:, 0] for kind in ("scalar", "vector"))
    return [tensor.numpy() for tensor in (spectrum, *features)]


def deviation(result: np.ndarray, expected: np.ndarray) -> str:
    """Return the largest deviation, relative to the largest value."""
    largest = np.abs(expected).max()
    return f"{np.abs(result - expected).max() / largest:.0e}" if largest > 0 else f"{np.abs(result).max():.0e} (all 0)"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("tests/reference"), help="folder of the reference outputs"
    )
    folder = parser.parse_args().folder
    warnings.simplefilter("ignore")
    print(f"{processor()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print("| configuration | spectra | scalar features | vector features |\n| --- | --- | --- | --- |")
    for name in NAMES:
        theirs = reference(folder, name)
        expected = theirs.output, theirs.scalar_features, theirs.vector_features
        results = compute(theirs.state, theirs.config, theirs.atoms, theirs.directions)
        print(f"| {name} |", " | ".join(map(deviation, results, expected)), "|")

    template, atoms = reference(folder, "symmetric_1out").state, molecule("C4H4NH")
    state = random_state(template, n_features=512, n_layers=8, n_rbf=64, n_energies=256)
    directions = np.random.default_rng(0).standard_normal((4, 3))
    expected = np.stack([formulas(state, PAPER, atoms, u).numpy() for u in directions], axis=1)
    spectra, *_ = compute(state, PAPER, [atoms], directions)
    print(f"| the paper's size, formulas | {deviation(spectra, expected)} | | |")


if __name__ == "__main__":
    main()
