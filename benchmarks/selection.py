"""Structures chosen by `spkisd select` against random ones, as further training data.

    python benchmarks/selection.py FOLDER TABLE.md [--start 300] [--number 300] [--members 3] [--draws 0 1 2]
        [--epochs 10] [--jobs 2] [overrides ...]

One turn of active learning on the bundled spectra. For each draw, an ensemble is trained on `--start` random training
structures. `--number` more are added from the other training structures: those that the ensemble chooses, or random
ones. An ensemble is trained on each, from new weights. All trainings share validation and test molecules, and take
about the same number of optimiser steps, that of `--epochs` epochs on all training structures. Each is a run of
`spktrain experiment=isd_tensor_molecules` on one thread, `--jobs` of them at a time. Finished trainings are not
repeated; use another folder for other options.

Errors are those of the ensembles on the test part: unexplained shares of the variance, averaged over all directions.
The table has medians over the draws, with their range in brackets, and the number of sites, to which the time of
calculations is proportional. The last row is the error with chosen structures divided by that with random ones, of the
same draw.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ablation import median_and_range, train
from ase import Atoms
from bundled_split import bundled_split
from learning_curve import DATABASE, EXPERIMENT
from processor import processor

from schnetpack_isd.data import convert_spectra, read_split, write_split
from schnetpack_isd.data.sources import open_spectra
from schnetpack_isd.data.split_file import save_split
from schnetpack_isd.data.stored_rows import molecule_ids, stored_rows
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES, sample_settings
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.evaluation import calibrate, evaluate
from schnetpack_isd.models import load_ensemble
from schnetpack_isd.selection import select_structures

ARMS = {"random": "random structures added", "chosen": "chosen structures added"}
"""Further training data, and their names in the table."""

COLUMNS = {"all directions": "sphere", "median site": "median", "95th percentile": "high", "single member": "member"}
"""Columns of errors, with the attributes of :class:`Errors`."""


@dataclass(frozen=True)
class Errors:
    """Unexplained shares of the variance of the test part, averaged over all directions.

    Attributes:
        sphere: share of all sites, of the ensemble.
        median: median over the sites of their share.
        high: 95th percentile over the sites.
        member: share of all sites, of single members: their mean.
    """

    sphere: float
    median: float
    high: float
    member: float


@dataclass(frozen=True)
class Benchmark:
    """Trainings in a folder.

    Attributes:
        folder: folder of the database, the splits and the runs.
        members: number of members of an ensemble.
        epochs: number of epochs on all training structures.
        overrides: further arguments of each training.
    """

    folder: Path
    members: int
    epochs: float
    overrides: tuple[str, ...]

    @property
    def database(self) -> Path:
        """The converted spectra."""
        return self.folder / DATABASE

    def prepare(self) -> None:
        """Convert the spectra and split them, unless that is done."""
        if not self.database.exists():
            self.database.parent.mkdir(parents=True, exist_ok=True)
            convert_spectra(MOLECULES_SPECTRA, MOLECULES_STRUCTURES, self.database, sample_settings())
        if not (self.folder / "whole.npz").exists():
            write_split(bundled_split(), str(self.database), self.folder / "whole.npz")

    def parts(self, name: str = "whole") -> tuple[list[int], list[int], list[int]]:
        """Return the rows of the training, validation and test parts."""
        return read_split(self.folder / f"{name}.npz", self.database)

    def save(self, name: str, rows: Sequence[int]) -> None:
        """Save a split with other training rows."""
        _, validation, test = self.parts()
        save_split(self.folder / f"{name}.npz", (list(rows), validation, test), str(self.database))

    def train(self, name: str, seed: int) -> Path:
        """Train a member on the training part of a split, and return its file."""
        steps = self.epochs * len(self.parts()[0]) / len(self.parts(name)[0])
        arguments = [f"+data.split_file={name}.npz", f"trainer.max_epochs={max(1, round(steps))}", *self.overrides]
        return train(self.folder, f"{name}_member_{seed}", seed, arguments, EXPERIMENT) / "best_model"

    def train_all(self, names: Sequence[str], jobs: int) -> dict[str, list[Path]]:
        """Train the members of several ensembles, and return their files."""
        with ThreadPoolExecutor(jobs) as pool:
            trainings = {name: [pool.submit(self.train, name, seed) for seed in range(self.members)] for name in names}
            return {name: [training.result() for training in members] for name, members in trainings.items()}

    def measure(self, name: str, members: Sequence[Path]) -> Errors:
        """Evaluate an ensemble, and its members, on the test part."""
        test = self.parts(name)[2]
        whole, *single = (
            evaluate(model, self.database, test, progress=False).sphere for model in (load_ensemble(members), *members)
        )
        assert whole is not None
        by_site = whole.by_site()
        return Errors(
            sphere=whole.share(),
            median=float(np.median(by_site)),
            high=float(np.quantile(by_site, 0.95)),
            member=float(np.mean([found.share() for found in single if found is not None])),
        )

    def choose(self, ensemble: SpectrumEnsemble, start: str, pool: Sequence[int], number: int) -> list[int]:
        """Return the rows that an ensemble chooses from a pool."""
        training, validation, _ = self.parts(start)
        calibrate(ensemble, self.database, training, validation, progress=False)
        rows = list(stored_rows(self.database))
        structures = [Atoms(rows[n].numbers, rows[n].positions, cell=rows[n].cell, pbc=rows[n].pbc) for n in pool]
        return [pool[found.number] for found in select_structures(structures, number, ensemble, progress=False)]


def main() -> None:
    """Run the missing trainings, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path, help="Markdown file to write")
    parser.add_argument("--start", type=int, default=300, help="number of structures of the first training")
    parser.add_argument("--number", type=int, default=300, help="number of structures to add")
    parser.add_argument("--members", type=int, default=3)
    parser.add_argument("--draws", type=int, nargs="+", default=[0, 1, 2], help="seeds of the random structures")
    parser.add_argument("--epochs", type=float, default=10.0, help="on all training structures; more on fewer ones")
    parser.add_argument("--jobs", type=int, default=2)
    options, overrides = parser.parse_known_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{processor()}, {options.jobs} trainings at a time with one thread each")
    benchmark = Benchmark(folder, options.members, options.epochs, tuple(overrides))
    benchmark.prepare()
    training = benchmark.parts()[0]
    if options.start + options.number > len(training):
        parser.error(f"there are {len(training)} training structures only")

    orders = {seed: np.random.default_rng(seed).permutation(training).tolist() for seed in options.draws}
    for seed, order in orders.items():
        benchmark.save(f"start_{seed}", order[: options.start])
        benchmark.save(f"random_{seed}", order[: options.start + options.number])
    members = benchmark.train_all([f"start_{seed}" for seed in orders], options.jobs)
    for seed, order in orders.items():
        if (folder / f"chosen_{seed}.npz").exists():
            continue
        ensemble, pool = load_ensemble(members[f"start_{seed}"]), order[options.start :]
        chosen = benchmark.choose(ensemble, f"start_{seed}", pool, options.number)
        benchmark.save(f"chosen_{seed}", [*order[: options.start], *chosen])
    members |= benchmark.train_all([f"{arm}_{seed}" for seed in orders for arm in ARMS], options.jobs)

    found = {name: benchmark.measure(name, files) for name, files in members.items()}
    ids = molecule_ids(benchmark.database)
    with open_spectra(MOLECULES_SPECTRA) as file:
        n_sites = {name: sum(len(file.sites(ids[row])) for row in benchmark.parts(name)[0]) for name in members}
    lines = [
        f"| training data | structures | sites | {' | '.join(COLUMNS)} |", "| --- " * (3 + len(COLUMNS)) + "|",
    ]  # fmt: skip
    for arm, title in {"start": "random structures", **ARMS}.items():
        names = [f"{arm}_{seed}" for seed in orders]
        sites = median_and_range([n_sites[name] for name in names], ".0f")
        shares = [median_and_range([getattr(found[name], column) for name in names]) for column in COLUMNS.values()]
        lines.append(f"| {title} | {len(benchmark.parts(names[0])[0])} | {sites} | {' | '.join(shares)} |")
    ratios = [
        [getattr(found[f"chosen_{seed}"], column) / getattr(found[f"random_{seed}"], column) for seed in orders]
        for column in COLUMNS.values()
    ]
    lines.append(f"| chosen / random | | | {' | '.join(median_and_range(ratio, '.2f') for ratio in ratios)} |")
    options.table.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
