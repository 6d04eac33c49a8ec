"""Time of a prediction against the calculation that it replaces: the same molecules, one core each.

    OMP_NUM_THREADS=1 python benchmarks/against_dft.py MODEL [--repeats 20]

Calculations have symmetry-unique carbon atoms only, as `spkisd calculate`; predictions have all of them. Predictions
run in one batch, and one molecule at a time. The time of loading the model is not counted.
"""

from __future__ import annotations

import argparse
import time

import torch
from processor import processor

from schnetpack_isd.dft import calculate_site, structure_from_smiles, unique_sites
from schnetpack_isd.interfaces import SpectrumCalculator

MOLECULES = {
    "methane": "C",
    "ethanol": "CCO",
    "acetone": "CC(C)=O",
    "benzene": "c1ccccc1",
    "furan": "c1ccoc1",
    "toluene": "Cc1ccccc1",
    "aniline": "Nc1ccccc1",
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--repeats", type=int, default=20, help="copies of the molecules in the batch")
    options = parser.parse_args()
    torch.set_num_threads(1)
    structures = {name: structure_from_smiles(smiles) for name, smiles in MOLECULES.items()}
    calculated, n_sites = {}, {}
    for name, atoms in structures.items():
        sites = unique_sites(atoms)
        start = time.perf_counter()
        for atom, multiplicity in sites:
            calculate_site(atoms, atom, multiplicity)
        calculated[name], n_sites[name] = time.perf_counter() - start, len(sites)

    calculator = SpectrumCalculator(options.model)
    frames = list(structures.values())
    list(calculator.predict(frames, isotropic=True))  # compiles, warms up
    print(f"{processor()}, one thread")
    print("| molecule | unique sites | DFT / s | prediction / ms | ratio |\n| --- | --- | --- | --- | --- |")
    for name, atoms in structures.items():
        start = time.perf_counter()
        for _ in range(options.repeats):
            list(calculator.predict([atoms], isotropic=True))
        seconds = (time.perf_counter() - start) / options.repeats
        ratio = calculated[name] / seconds
        print(f"| {name} | {n_sites[name]} | {calculated[name]:.1f} | {1e3 * seconds:.1f} | {ratio:.0f} |")
    start = time.perf_counter()
    list(calculator.predict(frames * options.repeats, isotropic=True))
    seconds, total = (time.perf_counter() - start) / options.repeats, sum(calculated.values())
    ratio = total / seconds
    print(f"| all in one batch | {sum(n_sites.values())} | {total:.1f} | {1e3 * seconds:.1f} | {ratio:.0f} |")


if __name__ == "__main__":
    main()
