"""Scores of extrapolation of structures that no organic molecule resembles, and of some that are common.

python benchmarks/marked_structures.py [--model ck_edge]
"""

from __future__ import annotations

import argparse

from ase import Atoms
from ase.build import bulk, graphene, molecule

from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.pretrained import DEFAULT_MODEL

METALS = ("Cu", "Fe", "Al", "W", "Au", "Na")


def scaled(name: str, factor: float) -> Atoms:
    """Return a molecule of ASE with all distances times a factor."""
    atoms = molecule(name)
    atoms.positions *= factor
    return atoms


def structures() -> dict[str, Atoms]:
    """Return the structures by name."""
    graphite = Atoms(
        "C4",
        scaled_positions=[(0, 0, 0.25), (1 / 3, 2 / 3, 0.25), (0, 0, 0.75), (2 / 3, 1 / 3, 0.75)],
        cell=[2.46, 2.46, 6.71, 90, 90, 120],
        pbc=True,
    )
    sheet = graphene(size=(3, 3, 1), vacuum=10.0)
    sheet.pbc = (True, True, False)
    found = {
        "benzene": molecule("C6H6"),
        "ethanol": molecule("CH3CH2OH"),
        "thiophene": molecule("C4H4S"),
        "graphite": graphite,
        "graphene": sheet,
        "diamond": bulk("C", "diamond", a=3.567),
        "C60": molecule("C60"),
        "benzene, distances shorter by 20 %": scaled("C6H6", 0.8),
        "benzene, distances longer by 30 %": scaled("C6H6", 1.3),
    }
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
    for name, atoms in structures().items():
        [spectra] = predictor.predict([atoms], ["x"])
        assert spectra.extrapolation_score is not None
        print(f"| {name} | {spectra.extrapolation_score.max():.2f} |")


if __name__ == "__main__":
    main()
