"""The paper's ablations on the bundled spectra: same seeds, same budget, several seeds each.

    python benchmarks/ablation.py FOLDER TABLE.md CURVES.png [--seeds 0 1 2] [--jobs 2] [overrides ...]

Each training is a run of `spktrain experiment=isd_ck_edge_sample` with one thread, `--jobs` of them at a time; one that
is there already is not repeated (take another folder for other overrides). Test errors are along x, y, z and along
random directions, the same for all models; the curves are of the validation error.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from schnetpack.utils import load_model

from schnetpack_isd.evaluation.evaluate import evaluate, mean_spectrum
from schnetpack_isd.transform import RandomDirections

VARIANTS = {
    "ISD-PaiNN": (),
    "without symmetric message (SM)": ("model.representation.symmetric_message=False",),
    "without directional embedding (DE)": ("model.representation.directional_embedding=False",),
    "without both (DE-SM)": (
        "model.representation.symmetric_message=False",
        "model.representation.directional_embedding=False",
    ),
}
DATABASE = Path("data/ck_edge_sample.db")


def train(folder: Path, name: str, seed: int, overrides: list[str]) -> Path:
    """One training; returns its folder."""
    run = folder / "runs" / name
    if not (run / "best_model.task").exists():  # written last
        command = [
            sys.executable, str(Path(sys.executable).parent / "spktrain"), "experiment=isd_ck_edge_sample",
            f"run.id={name}", f"seed={seed}", "logger=csv", "print_config=False", "+trainer.enable_progress_bar=False",
            *overrides,
        ]  # fmt: skip
        print("training", name, flush=True)
        with (folder / f"{name}.log").open("w") as log:
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            subprocess.run(command, cwd=folder, env=environment, stdout=log, stderr=log, check=True)
    return run


def errors(folder: Path, run: Path, split_file: Path | None = None) -> tuple[list[float], list[float]]:
    """Test errors along x, y, z, of the linear dichroism, and along random directions: a run's, the mean spectrum's."""
    split = np.load(split_file or run / "split.npz")
    model, database = load_model(str(run / "best_model")), str(folder / DATABASE)
    mean = mean_spectrum(database, split["train_idx"])
    along_axes = evaluate(model, database, split["test_idx"], progress=False)
    along_random = evaluate(model, database, split["test_idx"], [RandomDirections(12, seed=1)], progress=False)
    calculated, predicted = along_axes.z_dichroism()
    return (
        [
            along_axes.squared_errors().mean(),
            np.mean((predicted - calculated) ** 2),
            along_random.squared_errors().mean(),
        ],
        [along_axes.squared_errors(mean).mean(), np.mean(calculated**2), along_random.squared_errors(mean).mean()],
    )


def table(rows: dict[str, list[list[float]]]) -> str:
    """Median and range over the seeds, in Markdown."""
    lines = ["| model | x, y, z | linear dichroism | random directions |", "| --- | --- | --- | --- |"]
    for name, seeds in rows.items():
        cells = []
        for values in zip(*seeds, strict=True):
            spread = f" ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else ""
            cells.append(f"{np.median(values):.3f}{spread}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def validation_errors(run: Path) -> NDArray:
    """Validation error of each epoch."""
    errors = {}
    for path in sorted(run.glob("csv/version_*/metrics.csv")):  # a resumed run has several
        with path.open() as file:
            errors |= {
                int(row["epoch"]): float(row["val_spectrum_mse"])
                for row in csv.DictReader(file)
                if row["val_spectrum_mse"]
            }
    return np.array([errors[epoch] for epoch in sorted(errors)])


def draw_curves(runs: dict[str, list[Path]], path: Path) -> None:
    """Median over the seeds as a line, their range as a band."""
    figure = Figure(figsize=(6.0, 4.0), layout="constrained")
    ax = figure.subplots()
    highest = 0.0
    for color, (name, folders) in zip(("#d55e00", "#0072b2", "#009e73", "#000000"), runs.items(), strict=True):
        curves = np.array([validation_errors(folder) for folder in folders])
        median = np.median(curves, axis=0)
        highest = max(highest, median.max())
        epochs = np.arange(1, curves.shape[1] + 1)
        ax.fill_between(epochs, curves.min(axis=0), curves.max(axis=0), color=color, alpha=0.2, linewidth=0)
        ax.plot(epochs, median, color=color, label=name)
    ax.set_ylim(top=1.3 * highest)  # a single bad epoch of one seed is cut off
    ax.set(xlabel="epoch", ylabel="validation MSE per site spectrum", yscale="log")
    ax.legend(frameon=False)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Train what is not there yet, write the table and draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("curves", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=2)
    options, overrides = parser.parse_known_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)

    with ThreadPoolExecutor(options.jobs) as pool:
        trainings = {
            name: [
                pool.submit(train, folder, f"{number}-{seed}", seed, [*changes, *overrides]) for seed in options.seeds
            ]
            for number, (name, changes) in enumerate(VARIANTS.items())
        }
    runs = {name: [training.result() for training in futures] for name, futures in trainings.items()}
    rows = {"mean training spectrum": [errors(folder, runs["ISD-PaiNN"][0])[1]]}
    rows |= {name: [errors(folder, run)[0] for run in folders] for name, folders in runs.items()}
    options.table.write_text(table(rows))
    draw_curves(runs, options.curves)
    print(table(rows))


if __name__ == "__main__":
    main()
