"""Test error against the training data, on all bundled spectra.

    python benchmarks/learning_curve.py FOLDER TABLE.md CURVE.png [--seeds 0] [--jobs 2] [overrides ...]

A curve over the number of training structures, drawn at random; the small molecules of the first file alone; and a
training on molecules of at most six heavy atoms, tested on larger ones that people measure. All trainings but the last
share validation and test molecules. All take about the same number of optimiser steps: fewer molecules, more epochs.
Finished trainings are not repeated. Errors are unexplained shares of the variance of the test part, averaged over all
directions: medians over the seeds, with their range in brackets.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from ablation import LINES, Errors, measure, median_and_range, train
from bundled_split import bundled_split
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter
from numpy.typing import NDArray
from processor import processor

from schnetpack_isd.data import SizeSplit, convert_spectra, write_split
from schnetpack_isd.data.stored_rows import stored_rows
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES, sample_settings
from schnetpack_isd.plotting import figure_style, save_figure

EXPERIMENT = "isd_tensor_molecules"

EPOCHS = 20
"""Epochs of the experiment, on all training molecules."""

DATABASE = Path("data/ck_edge_molecules.db")

PARTS = (4, 2, 1)
"""Parts of the training data on the curve."""


def prepare(folder: Path) -> dict[str, int]:
    """Convert the spectra and write the split files; return the number of training structures of each."""
    database = folder / DATABASE
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        convert_spectra(MOLECULES_SPECTRA, MOLECULES_STRUCTURES, database, sample_settings())
    for name, splitting in {
        "whole": bundled_split(),
        "small": SizeSplit(max_heavy_atoms=6, val_fraction=0.1, test_kind="measured"),
    }.items():
        if not (folder / f"{name}.npz").exists():
            write_split(splitting, str(database), folder / f"{name}.npz")
    with np.load(folder / "whole.npz") as split:
        whole = dict(split)
    order = np.random.default_rng(0).permutation(whole["train_idx"])
    in_sample = np.array(["kind" not in row.keys for row in stored_rows(database)])
    chosen = {str(len(order) // part): order[: len(order) // part] for part in PARTS}
    chosen["sample"] = order[in_sample[order]]
    for name, rows in chosen.items():
        np.savez(folder / f"{name}.npz", **(whole | {"train_idx": rows}))
    with np.load(folder / "small.npz") as small:
        return {name: len(rows) for name, rows in chosen.items()} | {"small": len(small["train_idx"])}


def plot_learning_curve(ax: Axes, sizes: list[int], curves: dict[str, NDArray]) -> None:
    """Draw errors (n_sizes, n_seeds) against sizes: the median as a line, and every training as a point."""
    for line, shift, (name, values) in zip(LINES, (0.97, 1.03), curves.items(), strict=False):
        ax.plot(sizes, np.median(values, axis=1), label=name, **line)
        ax.plot(np.asarray(sizes) * shift, values, ".", color=line["color"], markersize=5)
    ax.set(xscale="log", yscale="log", xlabel="training structures", ylabel="unexplained variance / %")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.minorticks_off()
    ax.set_ylim(4, 40)
    ax.set_yticks([5, 10, 20, 40])
    ax.legend()


def main() -> None:
    """Run the missing trainings, write the table and draw the curve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path, help="Markdown file to write")
    parser.add_argument("curve", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--jobs", type=int, default=2)
    options, overrides = parser.parse_known_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{processor()}, {options.jobs} trainings at a time with one thread each")
    sizes = prepare(folder)
    largest = max(size for name, size in sizes.items() if name.isdigit())

    def run(name: str, seed: int) -> Errors:
        epochs = round(EPOCHS * largest / sizes[name])
        arguments = [f"+data.split_file={name}.npz", f"trainer.max_epochs={epochs}", *overrides]
        trained = train(folder, f"{name}-{seed}", seed, arguments, EXPERIMENT)
        return measure(folder, trained, folder / f"{name}.npz", DATABASE)

    with ThreadPoolExecutor(options.jobs) as pool:
        trainings = {name: [pool.submit(run, name, seed) for seed in options.seeds] for name in sizes}
        found = {name: [training.result() for training in seeds] for name, seeds in trainings.items()}
    names = {name: f"{size}" for name, size in sizes.items()}
    names["sample"] = f"{sizes['sample']} small molecules (`isd_tensor_sample`)"
    names["small"] = f"{sizes['small']} of at most six heavy atoms; test on larger measured ones"
    lines = ["| training structures | all directions | median site | linear dichroism |", "| --- | --- | --- | --- |"]
    for name, errors in found.items():
        columns = [[getattr(one, column) for one in errors] for column in ("sphere", "median", "dichroism")]
        lines.append(f"| {names[name]} | {' | '.join(median_and_range(column) for column in columns)} |")
    options.table.write_text("\n".join(lines) + "\n")
    curve = [name for name in sizes if name.isdigit()]
    with figure_style():
        figure = Figure(figsize=(3.6, 2.8))
        curves = {
            label: 100 * np.array([[getattr(one, column) for one in found[name]] for name in curve])
            for label, column in (("all sites", "sphere"), ("median site", "median"))
        }
        plot_learning_curve(figure.subplots(), [sizes[name] for name in curve], curves)
        save_figure(figure, options.curve)


if __name__ == "__main__":
    main()
