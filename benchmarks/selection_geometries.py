"""Uncertainties by which `spkisd select` ranks: geometries of a force field against those of GFN2-xTB.

    python benchmarks/selection_geometries.py [--model ck_edge]

The molecules are the bundled ones with a geometry of GFN2-xTB that are not in the training part of the model. For each,
RDKit makes another geometry from the SMILES. The script prints the medians of the uncertainties, Spearman's correlation
between them, and the overlap of the most uncertain fifth.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from ase import Atoms
from scipy.stats import spearmanr

from schnetpack_isd.data.sources import iter_structures
from schnetpack_isd.datasets import MOLECULES_STRUCTURES
from schnetpack_isd.dft import force_field_structure
from schnetpack_isd.models import SpectrumModel, load_spectrum_model
from schnetpack_isd.pretrained import DEFAULT_MODEL
from schnetpack_isd.selection import select_structures

KINDS = ("measured", "further")
"""Kinds of bundled molecules in the geometry of GFN2-xTB, and not distorted."""


def uncertainties(structures: list[Atoms], model: SpectrumModel) -> np.ndarray:
    """Return the uncertainties of structures."""
    chosen = select_structures(structures, len(structures), model, progress=False)
    found = np.empty(len(structures))
    found[[one.number for one in chosen]] = [one.uncertainty for one in chosen]
    return found


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    model = load_spectrum_model(parser.parse_args().model)
    trained = set(model.training_ids or ())
    relaxed = [
        atoms
        for number, atoms in iter_structures(MOLECULES_STRUCTURES, range(10**9))
        if atoms is not None and number not in trained and atoms.info.get("kind") in KINDS
    ]
    start = time.process_time()
    quick = [force_field_structure(atoms.info["smiles"]) for atoms in relaxed]
    print(f"{len(quick)} molecules, {1000 * (time.process_time() - start) / len(quick):.0f} ms for a geometry")
    of_xtb, of_force_field = uncertainties(relaxed, model), uncertainties(quick, model)
    print(f"median uncertainty: {np.median(of_xtb):.4f} with GFN2-xTB, {np.median(of_force_field):.4f} with MMFF94")
    print(f"rank correlation: {spearmanr(of_xtb, of_force_field).statistic:.2f}")
    n_top = len(quick) // 5
    top = [set(np.argsort(-values)[:n_top].tolist()) for values in (of_xtb, of_force_field)]
    print(f"of the {n_top} most uncertain ones with GFN2-xTB, {len(top[0] & top[1])} are so with MMFF94")


if __name__ == "__main__":
    main()
