"""Fine-tune the bundled model on ten molecules of a kind, and measure its errors on others before and after.

    python benchmarks/fine_tuning.py FOLDER [--epochs 60] [--lr 5e-4]

The ten dicyanoethenes of `data/dicyanoethenes.smi`, none of which is among the bundled molecules, are calculated first
(ten minutes on a core). Each member of the model is then a start for a training on them. Errors are unexplained shares
of the variance, averaged over all directions, on the dicyanoethenes of the model's test part, and on the rest of it,
where fine-tuning can only do harm. Finished calculations and trainings are not repeated.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from ablation import train
from bundled_model import load_trained
from learning_curve import DATABASE
from processor import processor
from rdkit import Chem

from schnetpack_isd.data.stored_rows import stored_rows
from schnetpack_isd.dft import calculate_spectra, read_molecules
from schnetpack_isd.evaluation import evaluate
from schnetpack_isd.models import SpectrumModel, load_ensemble, load_spectrum_model

SMILES = Path(__file__).parent / "data" / "dicyanoethenes.smi"

KIND = Chem.MolFromSmarts("N#CC(C#N)=C")


def fine_tune(folder: Path, epochs: int, lr: float, n_members: int) -> SpectrumModel:
    """Return the ensemble of the members of the bundled model, each trained further on the ten molecules."""
    sticks = folder / "dicyanoethenes.hdf5"
    if not sticks.exists():
        calculate_spectra(list(read_molecules([SMILES])), sticks, workers=1)
    runs = []
    for member in range(n_members):
        arguments = [
            "init_from=ck_edge", f"init_member={member}", f"globals.lr={lr}", f"trainer.max_epochs={epochs}",
            "data.batch_size=4", f"data.spectra={sticks}", f"data.structures={sticks.with_suffix('.extxyz')}",
            f"data.datapath={folder / 'data' / 'dicyanoethenes.db'}",
        ]  # fmt: skip
        runs.append(train(folder, f"fine_{epochs}_{lr:g}_{member}", member, arguments, "isd_tensor_member"))
    return load_spectrum_model(load_ensemble([run / "best_model" for run in runs]))


def main() -> None:
    """Calculate, train, and print the errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--lr", type=float, default=5e-4)
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(processor())
    before, (_, _, test) = load_trained("ck_edge", folder)
    after = fine_tune(folder, options.epochs, options.lr, len(before.members))
    database = folder / DATABASE
    stored = list(stored_rows(str(database)))
    molecules = [Chem.MolFromSmiles(stored[row].keys.get("smiles", "")) for row in test]
    alike = [molecule is not None and molecule.HasSubstructMatch(KIND) for molecule in molecules]
    parts = {
        "dicyanoethenes": [row for row, is_alike in zip(test, alike, strict=True) if is_alike],
        "others": [row for row, is_alike in zip(test, alike, strict=True) if not is_alike],
    }
    print("| test molecules | structures | sites | before | after | median site before | after |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, rows in parts.items():
        found = [evaluate(model, database, rows, progress=False).sphere for model in (before, after)]
        shares = [f"{errors.share():.1%}" for errors in found if errors is not None]
        medians = [f"{np.median(errors.by_site()):.1%}" for errors in found if errors is not None]
        n_sites = len(found[0].errors) if found[0] is not None else 0
        print(f"| {' | '.join([name, str(len(rows)), str(n_sites), *shares, *medians])} |")


if __name__ == "__main__":
    main()
