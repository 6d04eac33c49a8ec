"""Train and test the paper's ablations on the bundled spectra, with equal budgets and several seeds.

    python benchmarks/ablation.py FOLDER TABLE.md CURVES.png [--seeds 0 1 2] [--jobs 2] [overrides ...]

Each training is a run of `spktrain experiment=isd_ck_edge_sample` on one thread, `--jobs` of them at a time. Finished
trainings are not repeated; use another folder for other overrides. Errors are shares of the variance of the test part,
and the mean squared error. The figure shows the validation errors: median and range over the seeds.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, StrMethodFormatter
from numpy.typing import NDArray
from processor import processor

from schnetpack_isd.evaluation import evaluate, evaluate_sphere
from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.plotting import figure_style, save_figure

VARIANTS = {
    "ISD-PaiNN": (),
    "w/o SM (symmetric message)": ("model.representation.symmetric_message=False",),
    "w/o DE (directional embedding)": ("model.representation.directional_embedding=False",),
    "w/o DE-SM (both)": (
        "model.representation.symmetric_message=False",
        "model.representation.directional_embedding=False",
    ),
}
LINES = (
    {"color": "#d55e00", "linestyle": "-"},
    {"color": "#0072b2", "linestyle": "--"},
    {"color": "#009e73", "linestyle": "-."},
    {"color": "#000000", "linestyle": ":"},
)
DATABASE = Path("data/ck_edge_sample.db")


def train(folder: Path, name: str, seed: int, overrides: list[str], experiment: str = "isd_ck_edge_sample") -> Path:
    """Run a training unless it is finished, and return its folder; its CPU time in seconds goes to ``NAME.seconds``."""
    run = folder / "runs" / name
    if not (run / "best_model.task").exists():  # written last
        command = [
            sys.executable, str(Path(sys.executable).parent / "spktrain"), f"experiment={experiment}",
            f"run.id={name}", f"seed={seed}", "logger=csv", "print_config=False", "+trainer.enable_progress_bar=False",
            *overrides,
        ]  # fmt: skip
        print("training", name, flush=True)
        with (folder / f"{name}.log").open("w") as log:
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            raise RuntimeError(f"The training {name} failed; see {folder / name}.log.")
        (folder / f"{name}.seconds").write_text(f"{usage.ru_utime + usage.ru_stime:.0f}")
    return run


@dataclass(frozen=True)
class Errors:
    """Errors of a trained model on its test part.

    Attributes:
        axes: unexplained share of the variance of the site spectra along x, y and z.
        sphere: the same averaged over all directions.
        median: the median over the sites of their share, averaged over all directions.
        dichroism: squared error of the linear dichroism, relative to its mean square.
        mse: mean squared error along x, y and z, in units of the intensity scale.
        noise: largest noise from point to point of all predicted spectra along x, y and z, see :func:`point_noise`.
    """

    axes: float
    sphere: float
    median: float
    dichroism: float
    mse: float
    noise: float


def measure(folder: Path, run: Path, split_file: Path | None = None, data: Path = DATABASE) -> Errors:
    """Evaluate a trained model on its test part."""
    split = np.load(split_file or run / "split.npz")
    model, database = load_spectrum_model(run / "best_model"), folder / data
    axes = evaluate(model, database, split["test_idx"], progress=False)
    sphere = evaluate_sphere(model, database, split["test_idx"], progress=False)
    calculated, predicted = axes.z_dichroism()
    return Errors(
        axes=axes.variance_shares().share(),
        sphere=sphere.share(),
        median=float(np.median(sphere.by_site())),
        dichroism=float(np.mean((predicted - calculated) ** 2) / np.mean(calculated**2)),
        mse=float(axes.squared_errors().mean()),
        noise=float(point_noise(axes.predicted).max()),
    )


def point_noise(spectra: NDArray) -> NDArray:
    """Return the largest noise from point to point of each spectrum, relative to its highest intensity.

    Noise is what a polynomial of degree 4 over seven energies leaves of the middle one.
    """
    positions = np.vander(np.arange(-3, 4), 5)
    residual = (np.eye(7) - positions @ np.linalg.pinv(positions))[3]
    left = np.lib.stride_tricks.sliding_window_view(spectra, 7, axis=-1) @ residual
    return np.abs(left).max(axis=-1) / np.abs(spectra).max(axis=-1)


def median_and_range(values: Sequence[float], form: str = ".1%") -> str:
    """Return the median, and the range in brackets if there are several values."""
    spread = f" ({min(values):{form}} to {max(values):{form}})" if len(values) > 1 else ""
    return f"{np.median(values):{form}}{spread}"


def table(rows: Mapping[str, Sequence[Errors]]) -> str:
    """Return median and range over the seeds as a Markdown table."""
    columns = {"x, y, z": "axes", "all directions": "sphere", "median site": "median", "linear dichroism": "dichroism"}
    lines = [f"| model | {' | '.join(columns)} | MSE |", f"| --- {'| --- ' * len(columns)}| --- |"]
    for name, seeds in rows.items():
        shares = [median_and_range([getattr(found, column) for found in seeds]) for column in columns.values()]
        mse = median_and_range([found.mse for found in seeds], ".3f")
        lines.append(f"| {name} | {' | '.join(shares)} | {mse} |")
    return "\n".join(lines) + "\n"


def validation_errors(run: Path) -> NDArray:
    """Return the validation error of each epoch."""
    errors = {}
    for path in sorted(run.glob("csv/version_*/metrics.csv")):  # a resumed run has several
        with path.open() as file:
            errors |= {
                int(row["epoch"]): float(row["val_spectrum_mse"])
                for row in csv.DictReader(file)
                if row["val_spectrum_mse"]
            }
    return np.array([errors[epoch] for epoch in sorted(errors)])


def plot_curves(ax: Axes, variants: dict[str, NDArray]) -> None:
    """Draw errors (n_seeds, n_epochs) of each variant: the median as a line, the range as a band.

    The medians set the limits of the axis. A range that exceeds them is cut off and labelled with its largest error.
    """
    medians = [np.median(curves, axis=0) for curves in variants.values()]
    top, n_epochs = 1.5 * np.max(medians), len(medians[0])
    epochs = np.arange(1, n_epochs + 1)
    for line, median, (name, curves) in zip(LINES, medians, variants.items(), strict=True):
        ax.fill_between(epochs, curves.min(axis=0), curves.max(axis=0), color=line["color"], alpha=0.2, linewidth=0)
        ax.plot(epochs, median, label=name, **line)
        if curves.max() > top:
            epoch = epochs[np.argmax(curves.max(axis=0))]
            ax.annotate(
                f"to {curves.max():.0f}", xy=(epoch, top), xytext=(5, -4), textcoords="offset points", va="top",
                fontsize="small", color=line["color"],
            )  # fmt: skip
    ax.set(xlabel="epoch", ylabel="validation MSE per site spectrum", yscale="log")
    ax.set_xlim(1, n_epochs)
    ax.set_ylim(0.9 * min(curves.min() for curves in variants.values()), top)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.yaxis.minorticks_off()
    ax.legend(loc="upper right")


def main() -> None:
    """Run the missing trainings, write the table and draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("curves", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=2)
    options, overrides = parser.parse_known_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)

    print(f"{processor()}, {options.jobs} trainings at a time with one thread each")
    with ThreadPoolExecutor(options.jobs) as pool:
        trainings = {
            name: [
                pool.submit(train, folder, f"{number}-{seed}", seed, [*changes, *overrides]) for seed in options.seeds
            ]
            for number, (name, changes) in enumerate(VARIANTS.items())
        }
    runs = {name: [training.result() for training in futures] for name, futures in trainings.items()}
    rows = {name: [measure(folder, run) for run in folders] for name, folders in runs.items()}
    options.table.write_text(table(rows))
    print(table(rows))
    with figure_style():
        figure = Figure(figsize=(4.6, 3.2))
        curves = {name: np.array([validation_errors(run) for run in folders]) for name, folders in runs.items()}
        plot_curves(figure.subplots(), curves)
        save_figure(figure, options.curves)


if __name__ == "__main__":
    main()
