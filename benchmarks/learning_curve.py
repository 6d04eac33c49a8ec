"""Test error against the number of training molecules, on the bundled spectra.

    python benchmarks/learning_curve.py FOLDER CURVE.png [--sizes 55 110 219 438] [--seeds 0] [--jobs 2] [overrides ...]

All trainings share validation and test molecules and take about the same number of optimiser steps: fewer molecules,
more epochs. Finished trainings are not repeated. Errors are unexplained shares of the variance of the test part:
medians over the seeds, with their range in brackets.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from ablation import DATABASE, LINES, Errors, measure, median_and_range, train
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, StrMethodFormatter
from numpy.typing import NDArray
from processor import processor

from schnetpack_isd.data import PaperSplit, convert_spectra, write_split
from schnetpack_isd.datasets import SAMPLE_STICKS, SAMPLE_STRUCTURES, sample_settings
from schnetpack_isd.plotting import figure_style, save_figure

EPOCHS = 36
"""Epochs of the experiment, on all training molecules."""


def prepare(folder: Path, sizes: list[int]) -> int:
    """Convert the spectra and write a split file for each size; return the number of training molecules."""
    database = folder / DATABASE
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        convert_spectra(SAMPLE_STICKS, SAMPLE_STRUCTURES, database, sample_settings())
    whole = folder / "whole.npz"
    if not whole.exists():
        write_split(PaperSplit(), database, whole)
    with np.load(whole) as split:
        parts = dict(split)
    order = np.random.default_rng(0).permutation(parts["train_idx"])
    for size in sizes:
        np.savez(folder / f"split-{size}.npz", **(parts | {"train_idx": order[:size]}))
    return len(order)


def plot_learning_curve(ax: Axes, sizes: list[int], curves: dict[str, NDArray]) -> None:
    """Draw errors (n_sizes, n_seeds) against sizes: the median as a line, and every training as a point."""
    for line, shift, (name, values) in zip(LINES, (0.97, 1.03), curves.items(), strict=False):
        ax.plot(sizes, np.median(values, axis=1), label=name, **line)
        ax.plot(np.asarray(sizes) * shift, values, ".", color=line["color"], markersize=5)
    ax.set(xscale="log", yscale="log", xlabel="training molecules", ylabel="unexplained variance of the test part / %")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.minorticks_off()
    ax.legend()


def main() -> None:
    """Run the missing trainings, print the table and draw the curve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("curve", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[55, 110, 219, 438])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--jobs", type=int, default=2)
    options, overrides = parser.parse_known_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{processor()}, {options.jobs} trainings at a time with one thread each")
    n_all = prepare(folder, options.sizes)

    def run(size: int, seed: int) -> Path:
        sizes = [f"data.num_{part}=null" for part in ("train", "val", "test")]
        epochs = round(EPOCHS * n_all / size)
        return train(folder, f"{size}-{seed}", seed, [
            *sizes, f"+data.split_file=split-{size}.npz", f"trainer.max_epochs={epochs}", *overrides,
        ])  # fmt: skip

    with ThreadPoolExecutor(options.jobs) as pool:
        trainings = [[pool.submit(run, size, seed) for seed in options.seeds] for size in options.sizes]
        found = [[_errors(folder, size, training.result()) for training in row]
                 for size, row in zip(options.sizes, trainings, strict=True)]  # fmt: skip
    sphere = [[one.sphere for one in row] for row in found]
    median = [[one.median for one in row] for row in found]
    print("| training molecules | all directions | median site |\n| --- | --- | --- |")
    for size, mean, middle in zip(options.sizes, sphere, median, strict=True):
        print(f"| {size} | {median_and_range(mean)} | {median_and_range(middle)} |")
    with figure_style():
        figure = Figure(figsize=(3.6, 2.8))
        curves = {"all sites": 100 * np.array(sphere), "median site": 100 * np.array(median)}
        plot_learning_curve(figure.subplots(), options.sizes, curves)
        save_figure(figure, options.curve)


def _errors(folder: Path, size: int, run: Path) -> Errors:
    return measure(folder, run, folder / f"split-{size}.npz")


if __name__ == "__main__":
    main()
