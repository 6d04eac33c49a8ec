"""Scores of extrapolation of structures that no organic molecule resembles, and of some that are common.

python benchmarks/marked_structures.py [--model ck_edge]
"""

from __future__ import annotations

import argparse

from ase import Atoms
from ase.build import bulk, molecule
from extrapolation import structures

from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.pretrained import DEFAULT_MODEL

METALS = ("Cu", "Fe", "Al", "W", "Au", "Na")


def marked() -> dict[str, Atoms]:
    """Return common molecules, and structures that no molecule resembles, by name."""
    graphite = Atoms(
        "C4",
        scaled_positions=[(0, 0, 0.25), (1 / 3, 2 / 3, 0.25), (0, 0, 0.75), (2 / 3, 1 / 3, 0.75)],
        cell=[2.46, 2.46, 6.71, 90, 90, 120],
        pbc=True,
    )
    found = {"ethanol": molecule("CH3CH2OH"), "thiophene": molecule("C4H4S"), **structures(), "graphite": graphite}
    for metal in METALS:
        atoms = bulk(metal)
        atoms.symbols[:] = "C"
        found[f"carbon in the lattice of {metal}"] = atoms
    return found


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    predictor = SpectrumPredictor(parser.parse_args().model)
    for name, atoms in marked().items():
        [spectra] = predictor.predict([atoms], ["x"])
        assert spectra.extrapolation_score is not None
        print(f"| {name} | {spectra.extrapolation_score.max():.2f} |")


if __name__ == "__main__":
    main()
