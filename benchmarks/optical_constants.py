"""Optical constants of polystyrene against Chantler's tables, and the scatter of the scale over molecules.

pip install xraydb
python benchmarks/optical_constants.py [--model ck_edge]
"""

from __future__ import annotations

import argparse

import numpy as np
import xraydb
from ase.build import molecule
from ase.collections import g2

from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.pretrained import DEFAULT_MODEL
from schnetpack_isd.spectra import refractive_index

FORMULA, COMPOSITION, DENSITY = "C8H8", {"C": 8, "H": 8}, 1.05
ENERGIES = np.array([200.0, 250.0, 260.0, 270.0, 280.0, 310.0, 320.0, 330.0, 340.0, 350.0, 400.0])
WINDOW = 8.0


def compare_with_tables(predictor: SpectrumPredictor) -> None:
    """Print delta and beta from the spectrum of benzene, and those of Chantler."""
    [spectra] = predictor.predict(molecule("C6H6"))
    isotropic = np.trace(spectra.molecular_tensor) / 3
    found = refractive_index(predictor.energies, isotropic, COMPOSITION, DENSITY, at=ENERGIES)
    print("| energy / eV | delta / 1e-3 | table | beta / 1e-3 | table |\n| --- | --- | --- | --- | --- |")
    for energy, delta, beta in zip(ENERGIES, 1e3 * found.delta, 1e3 * found.beta, strict=True):
        table = 1e3 * np.array(xraydb.xray_delta_beta(FORMULA, DENSITY, energy)[:2])
        print(f"| {energy:g} | {delta:.3f} | {table[0]:.3f} | {beta:.4f} | {table[1]:.4f} |")


def scatter(predictor: SpectrumPredictor) -> None:
    """Print how much the scale differs between molecules of the G2 set, by the sum rule and by the end of the axis."""
    structures = [atoms for atoms in map(molecule, g2.names) if set(atoms.symbols) <= set("HCNOF")]
    structures = [atoms for atoms in structures if atoms.symbols.count("C") > 1]
    by_sum, by_height = [], []
    for atoms, spectra in zip(structures, predictor.predict(structures), strict=True):
        if spectra.is_plausible:
            isotropic = np.trace(spectra.molecular_tensor) / 3
            found = refractive_index(predictor.energies, isotropic, atoms.symbols.formula.count(), 1.0)
            by_sum.append(found.scale)
            end = predictor.energies > predictor.energies[-1] - WINDOW
            by_height.append(atoms.symbols.count("C") / isotropic[end].mean())
    for name, scales in (("sum rule", by_sum), (f"last {WINDOW:g} eV", by_height)):
        print(f"{name}: {100 * np.std(scales) / np.mean(scales):.1f} % over {len(scales)} molecules")


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    predictor = SpectrumPredictor(parser.parse_args().model, experimental_axis=True)
    compare_with_tables(predictor)
    scatter(predictor)


if __name__ == "__main__":
    main()
