"""Intensities of structures unlike the training data, which the warning of `spkisd predict` looks at.

    python benchmarks/extrapolation.py MODEL [MODEL ...] SPLIT.npz

MODEL and SPLIT.npz are `best_model` and `split.npz` of trainings on the bundled spectra. For each structure the table
has the depth of the most negative intensity of a site relative to the largest absolute value, and the highest intensity
in units of the intensity scale, as a range over the models. For the test molecules these are 99th percentiles.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from ase import Atoms
from ase.build import bulk, graphene, molecule
from ase.io import read

from schnetpack_isd.datasets import SAMPLE_STRUCTURES
from schnetpack_isd.prediction import SpectrumPredictor


def structures() -> dict[str, Atoms]:
    """Return structures that are unlike small relaxed molecules."""
    benzene, short, long = (molecule("C6H6") for _ in range(3))
    short.positions *= 0.8
    long.positions *= 1.3
    return {
        "benzene": benzene,
        "C60": molecule("C60"),
        "graphene": graphene(vacuum=8.0),
        "diamond": bulk("C", "diamond", 3.567),
        "benzene, bonds shorter by 20 %": short,
        "benzene, bonds longer by 30 %": long,
    }


def measures(predictor: SpectrumPredictor, atoms: list[Atoms]) -> np.ndarray:
    """Return depth below zero and highest intensity (n_structures, 2)."""
    limits = np.array([found.limits for found in predictor.predict(atoms)])
    depth = np.clip(-limits[:, 0], 0.0, None) / np.abs(limits).max(axis=1)
    return np.stack([depth, limits[:, 1]], axis=1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("split")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with np.load(options.split) as split:
        rows = split["test_idx"]
    frames, unlike = read(SAMPLE_STRUCTURES, ":"), structures()
    found = []
    for model in options.models:
        predictor = SpectrumPredictor(model)
        test = np.percentile(measures(predictor, [frames[row] for row in rows]), 99, axis=0)
        found.append([test, *measures(predictor, list(unlike.values()))])
    print("| structures | -min S / max \\|S\\| | max S |\n| --- | --- | --- |")
    lowest, highest = np.min(found, axis=0), np.max(found, axis=0)
    for name, (low, size), (deep, large) in zip(
        ["test molecules, 99th percentile", *unlike], lowest, highest, strict=True
    ):
        print(f"| {name} | {low:.2f} to {deep:.2f} | {size:.2g} to {large:.2g} |")


if __name__ == "__main__":
    main()
