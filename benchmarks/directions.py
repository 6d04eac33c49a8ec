"""Time of predictions along more and more directions: ISD-PaiNN and the tensor model, with random weights.

    python benchmarks/directions.py [--features 512 --interactions 8 --rbf 64 --cutoff 8] [--molecules 64]

The structures are the first of the bundled ones, predicted in batches of 32. Variants take turns within each round; the
table gives medians, and ratios to ISD-PaiNN along x, y and z.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings

import numpy as np
import torch
from ase.io import read
from processor import processor
from schnetpack.atomistic import PairwiseDistances
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import CosineCutoff, GaussianRBF

from schnetpack_isd.atomistic import Directions, SiteSpectrum, SpectrumTensor
from schnetpack_isd.datasets import SAMPLE_STRUCTURES, sample_settings
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.representation import ISDPaiNN, TensorISDPaiNN
from schnetpack_isd.vectors import CARTESIAN, random_directions

SETS = {
    "1 direction": (CARTESIAN[:1], False),
    "x, y and z": (CARTESIAN, False),
    "13 directions, and isotropic": (random_directions(13, np.random.default_rng(0)).tolist(), True),
}


def build(tensors: bool, options: argparse.Namespace) -> SpectrumPredictor:
    """Return a predictor with an untrained model."""
    torch.manual_seed(0)
    kind, head = (TensorISDPaiNN, SpectrumTensor) if tensors else (ISDPaiNN, SiteSpectrum)
    basis, cutoff = GaussianRBF(options.rbf, options.cutoff), CosineCutoff(options.cutoff)
    representation = kind(options.features, options.interactions, basis, cutoff)
    settings = sample_settings()
    widths = {"basis_broadening": settings.broadening} if tensors else {}
    output = head(options.features, energies=settings.energies, intensity_scale=1.0, **widths)
    return SpectrumPredictor(NeuralNetworkPotential(representation, [PairwiseDistances(), Directions()], [output]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, default=96)
    parser.add_argument("--interactions", type=int, default=3)
    parser.add_argument("--rbf", type=int, default=32)
    parser.add_argument("--cutoff", type=float, default=5.0)
    parser.add_argument("--molecules", type=int, default=320)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    structures = read(SAMPLE_STRUCTURES, f":{options.molecules}")
    predictors = {"ISD-PaiNN": build(False, options), "tensor model": build(True, options)}
    times: dict[tuple[str, str], list[float]] = {(name, what): [] for name in predictors for what in SETS}
    for number in range(options.rounds + 1):
        for (name, what), values in times.items():
            directions, isotropic = SETS[what]
            start = time.perf_counter()
            for _ in predictors[name].predict(structures, directions, isotropic):
                pass
            if number > 0:  # the first round warms up
                values.append(time.perf_counter() - start)
    print(f"{processor()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print("| model | spectra | ms per molecule | ratio |\n| --- | --- | --- | --- |")
    reference = statistics.median(times["ISD-PaiNN", "x, y and z"])
    for (name, what), values in times.items():
        median = statistics.median(values)
        print(f"| {name} | {what} | {1e3 * median / len(structures):.2f} | {median / reference:.2f} |")


if __name__ == "__main__":
    main()
