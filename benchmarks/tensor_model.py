"""Compare the tensor model with ISD-PaiNN: the same data, splits and seeds.

    python benchmarks/tensor_model.py FOLDER TABLE.md [--jobs 2] [--equal-time]

Each training is a run of `spktrain` on one thread, `--jobs` of them at a time; the seeds are 0, 1 and 2, or 0 alone.
Finished trainings are not repeated. Needs the extra `soap`.

Noise is what a polynomial of degree 4 over seven energies leaves of a predicted test spectrum along x, y or z, relative
to its highest intensity: the largest value of all spectra. Seconds are CPU time of the whole command: start-up,
training and test. The data are converted, and functions compiled, before.

`--equal-time` has ISD-PaiNN's experiment, and a tensor model whose training takes about as long on an AMD
EPYC (family 26, model 2).
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from ablation import Errors, measure, median_and_range, train
from processor import processor

TENSOR, ISD_PAINN = "isd_tensor_sample", "isd_ck_edge_sample"
REGULARISED = ["task.optimizer_args.weight_decay=0.1", "+model.output_modules.0.dropout=0.2"]
SMALL = ["model.representation.n_atom_basis=96", "model.representation.n_matrix_basis=64", "trainer.max_epochs=36"]
SOAP = ["task/optimizer=soap", "globals.lr=8e-3", "data.batch_size=16"]
VARIANTS = {
    "ISD-PaiNN": (ISD_PAINN, [], 3),
    "ISD-PaiNN, dropout and weight decay": (ISD_PAINN, REGULARISED, 1),
    "ISD-PaiNN, the same, 192 features, 60 epochs": (
        ISD_PAINN, [*REGULARISED, "model.representation.n_atom_basis=192", "trainer.max_epochs=60"], 1,
    ),
    "ISD-PaiNN, dropout and weight decay, SOAP": (ISD_PAINN, [*REGULARISED, *SOAP], 1),
    "tensor model": (TENSOR, [], 3),
    "tensor model, 96 features, 36 epochs": (TENSOR, SMALL, 3),
    "tensor model, 96 features, 36 epochs, SOAP": (TENSOR, [*SMALL, *SOAP], 3),
    "tensor model without dropout and weight decay": (
        TENSOR, ["model.output_modules.0.dropout=0.0", "task.optimizer_args.weight_decay=0.0"], 1,
    ),
    "tensor model with slopes in the loss": (TENSOR, ["task.outputs.0.loss_fn.derivative_weight=0.05"], 1),
}  # fmt: skip
"""Experiment, changes of its options, and number of seeds of each row."""

EQUAL_TIME = {
    "ISD-PaiNN": VARIANTS["ISD-PaiNN"],
    "tensor model, 80 features, 80 matrices, 42 epochs, SOAP": (
        TENSOR, [
            "model.representation.n_atom_basis=80", "model.representation.n_matrix_basis=80",
            "model.output_modules.0.n_basis=96", "model.output_modules.0.dropout=0.1", "trainer.max_epochs=42",
            "trainer.check_val_every_n_epoch=3", *SOAP,
        ], 3,
    ),
}  # fmt: skip
"""Rows of the comparison in equal time."""


def timed(folder: Path, name: str, seed: int, overrides: list[str], experiment: str) -> tuple[Path, float]:
    """Run a training unless it is finished; return its folder and its CPU time in seconds."""
    run = train(folder, name, seed, overrides, experiment)
    return run, float((folder / f"{name}.seconds").read_text())


def table(rows: dict[str, list[tuple[Errors, float]]]) -> str:
    """Return medians and ranges over the seeds as a Markdown table."""
    columns = {"x, y, z": "axes", "all directions": "sphere", "median site": "median", "linear dichroism": "dichroism"}
    lines = [
        f"| model | {' | '.join(columns)} | noise | seconds |", f"| --- {'| --- ' * len(columns)}| --- | --- |"
    ]  # fmt: skip
    for name, found in rows.items():
        shares = [median_and_range([getattr(errors, column) for errors, _ in found]) for column in columns.values()]
        noise, seconds = max(errors.noise for errors, _ in found), np.median([seconds for _, seconds in found])
        lines.append(f"| {name} | {' | '.join(shares)} | {noise:.1%} | {seconds:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the missing trainings and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--equal-time", action="store_true", help="compare ISD-PaiNN with a tensor model whose training takes as long"
    )
    options = parser.parse_args()
    variants, prefix = (EQUAL_TIME, "equal-") if options.equal_time else (VARIANTS, "")
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{processor()}, {options.jobs} trainings at a time with one thread each")
    for experiment in (ISD_PAINN, TENSOR):
        train(folder, f"warm-up_{experiment}", 0, ["trainer.max_epochs=1"], experiment)
    with ThreadPoolExecutor(options.jobs) as pool:
        trainings = {
            name: [
                pool.submit(timed, folder, f"{prefix}{number}-{seed}", seed, overrides, experiment)
                for seed in range(n_seeds)
            ]
            for number, (name, (experiment, overrides, n_seeds)) in enumerate(variants.items())
        }
        finished = {name: [training.result() for training in futures] for name, futures in trainings.items()}
    rows = {name: [(measure(folder, run), seconds) for run, seconds in runs] for name, runs in finished.items()}
    options.table.write_text(table(rows))
    print(table(rows))


if __name__ == "__main__":
    main()
