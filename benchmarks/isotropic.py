"""Error of isotropic spectra from quadratures on the sphere, and how good its estimate is.

    python benchmarks/isotropic.py MODEL SPLIT.npz [--molecules 50]

MODEL and SPLIT.npz are `best_model` and `split.npz` of a training on the bundled spectra. The sites are those of the
first test molecules. The reference is the quadrature of degree 29.
"""

from __future__ import annotations

import argparse

import numpy as np
from ase import Atoms
from ase.io import read

from schnetpack_isd.datasets import SAMPLE_STRUCTURES
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.spectra import powder_average, sphere_quadrature

DEGREES = (3, 5, 7, 9, 13)
REFERENCE = 29


def averages(predictor: SpectrumPredictor, molecules: list[Atoms], degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the average (n_sites, n_energies) of a quadrature, and the spectra (n_sites, n_directions, n_energies)."""
    directions, weights = sphere_quadrature(degree)
    spectra = np.concatenate([found.spectrum for found in predictor.predict(molecules, directions)])
    return np.einsum("sde,d->se", spectra, weights), spectra


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("split")
    parser.add_argument("--molecules", type=int, default=50)
    options = parser.parse_args()
    predictor = SpectrumPredictor(options.model)
    with np.load(options.split) as split:
        rows = split["test_idx"][: options.molecules]
    frames = read(SAMPLE_STRUCTURES, ":")
    molecules = [frames[row] for row in rows]

    reference, _ = averages(predictor, molecules, REFERENCE)
    print(f"{len(reference)} sites of {len(molecules)} test molecules")
    print("| degree | directions | largest error | mean of each site's largest error | root mean square |")
    print("| --- | --- | --- | --- | --- |")
    for degree in DEGREES:
        average, spectra = averages(predictor, molecules, degree)
        errors = np.abs(average - reference)
        largest, rms = errors.max(axis=1), np.sqrt(np.mean(errors**2))
        print(f"| {degree} | {spectra.shape[1]} | {largest.max():.2g} | {largest.mean():.2g} | {rms:.2g} |")
        if degree == 7:
            _, estimate = powder_average(spectra)
            exceeds, factor = np.mean(estimate > largest), np.median(estimate / largest)
    print(f"The estimate of degree 7 exceeds the error for {exceeds:.0%} of the sites; median factor {factor:.1f}.")


if __name__ == "__main__":
    main()
