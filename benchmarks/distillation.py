"""Train one network on what the bundled ensemble predicts for further molecules, and compare it with both.

    python benchmarks/distillation.py FOLDER POOL.csv [--number 2000] [--epochs 45]

The student is a member of the ensemble in size and settings (`experiment=isd_tensor_member`). Its training data are
those of the ensemble and `--number` molecules of a pool (a column `smiles`), in geometries of a force field, with the
tensors and thresholds that the ensemble predicts. Molecules that are bundled, cannot be predicted, or are unlike the
training data are left out. Errors are unexplained shares of the variance of the test part, averaged over all
directions.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from ablation import train
from ase import Atoms
from bundled_model import load_trained
from bundled_table import TestPart
from composition import KINDS
from learning_curve import DATABASE
from numpy.typing import NDArray
from processor import processor
from rdkit import Chem
from schnetpack.data import ASEAtomsData

from schnetpack_isd import properties
from schnetpack_isd.data.split_file import Parts, save_split
from schnetpack_isd.data.stored_rows import stored_rows
from schnetpack_isd.dft import force_field_structure
from schnetpack_isd.models import SpectrumModel, load_spectrum_model
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.prediction.structure_checks import NumberedStructure
from schnetpack_isd.prediction.structure_spectra import StructureSpectra
from schnetpack_isd.spectra.tensor import COLUMNS, ROWS
from schnetpack_isd.utils.progress import show_progress

DISTILLED = Path("data/distilled.db")
GROUPS = ("all", "all without ions and marked structures", KINDS["small"])


def structures(pool: Path, known: set[str]) -> Iterator[NumberedStructure]:
    """Iterate over the molecules of a pool that are not known and get a geometry."""
    with pool.open() as file:
        for number, row in enumerate(csv.DictReader(file)):
            if Chem.CanonSmiles(row["smiles"]) in known:
                continue
            try:
                yield NumberedStructure(number, force_field_structure(row["smiles"]))
            except ValueError:
                continue


def row_of(atoms: Atoms, spectra: StructureSpectra, number: int) -> dict[str, NDArray]:
    """Return the properties of a row of the database, as a conversion makes them."""
    assert spectra.tensor is not None
    assert spectra.ionization_energy is not None
    mask = np.zeros(len(atoms), dtype=bool)
    mask[spectra.site_atom] = True
    n_sites = len(spectra.site_atom)
    return {
        properties.spectrum: spectra.spectrum.astype(np.float32),
        properties.direction: spectra.direction[None],
        properties.site_mask: mask,
        properties.multiplicity: np.ones(n_sites, dtype=int),
        properties.excitation_energy: np.zeros(n_sites),
        properties.molecule_id: np.array([number]),
        properties.ionization_energy: spectra.ionization_energy.astype(np.float64),
        properties.spectrum_tensor: spectra.tensor[:, ROWS, COLUMNS].astype(np.float32),
    }


def distil(folder: Path, pool: Path, number: int, model: SpectrumModel, parts: Parts) -> None:
    """Write the database with the predictions of the ensemble, and its split."""
    known = {Chem.CanonSmiles(row.keys["smiles"]) for row in stored_rows(folder / DATABASE) if "smiles" in row.keys}
    path = folder / DISTILLED
    shutil.copy(folder / DATABASE, path)
    dataset = ASEAtomsData(str(path))
    first = len(dataset)
    predictor = SpectrumPredictor(model)
    left_out: list[ValueError] = []
    predicted = predictor.predict_numbered(
        structures(pool, known), ["x", "y", "z"], allow_extrapolation=False, skip=left_out.append
    )
    with dataset.conn as connection:
        for numbered, spectra in show_progress(islice(predicted, number), "predicting", total=number):
            row_id = 10_000_000 + numbered.number
            keys = {properties.molecule_id: row_id, "smiles": numbered.atoms.info["smiles"], "kind": "distilled"}
            atoms = Atoms(numbered.atoms.numbers, numbered.atoms.positions)
            connection.write(atoms, data=row_of(atoms, spectra, row_id), key_value_pairs=keys)
    training, validation, test = parts
    extended = [*training, *range(first, len(ASEAtomsData(str(path))))]
    save_split(folder / "distilled.npz", (extended, validation, test), str(path))


def main() -> None:
    """Predict, train, and print the errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=45)
    options, overrides = parser.parse_known_args()
    folder, pool = options.folder.resolve(), options.pool.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(processor())
    model, parts = load_trained("ck_edge", folder)
    if not (folder / "distilled.npz").exists():
        distil(folder, pool, options.number, model, parts)
    arguments = [
        f"data.datapath={folder / DISTILLED}", f"+data.split_file={folder / 'distilled.npz'}",
        f"trainer.max_epochs={options.epochs}", *overrides,
    ]  # fmt: skip
    run = train(folder, f"student_{options.epochs}", 0, arguments, "isd_tensor_member")
    test = TestPart(folder / DATABASE, parts[2], model)
    student = load_spectrum_model(run / "best_model")
    for group in GROUPS:
        shares = [test.evaluate(one, test.groups[group]).sphere for one in (*model.members, model, student)]
        *members, ensemble, single = [found.share() for found in shares if found is not None]
        print(f"{group}: members {np.median(members):.1%}, ensemble {ensemble:.1%}, student {single:.1%}")


if __name__ == "__main__":
    main()
