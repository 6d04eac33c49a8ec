"""Train the bundled model, an ensemble, and report its errors.

    python benchmarks/bundled_model.py FOLDER TABLE.md [--output MODEL.safetensors] [--members 4] [--jobs 2]
        [--splitting random]

Each member is a run of `spktrain experiment=isd_tensor_member` on one thread with another seed, `--jobs` of them at a
time. Finished trainings are not repeated. The validation part calibrates the ensemble; the table has its errors on the
test part, by kind and by size of the molecules, beside those of single members. `--splitting practitioners` trains on
molecules of at most six heavy atoms and tests on larger ones that people measure.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ablation import train
from composition import KINDS
from processor import processor

from schnetpack_isd.data.split_file import read_split
from schnetpack_isd.data.stored_rows import stored_rows
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.evaluation import calibrate, evaluate, report
from schnetpack_isd.evaluation.evaluate import mean_spectrum
from schnetpack_isd.evaluation.uncertainty import rank_correlation, site_errors
from schnetpack_isd.models import SpectrumModel, load_ensemble, load_spectrum_model, save_model

EXPERIMENT = "isd_tensor_member"

SIZES = ((1, 6), (7, 9), (10, 14), (15, 99))
"""Numbers of heavy atoms, first and last, of the rows of the table."""

PI_STAR = 294.0
"""End in eV of the energies that have the π* peaks of most molecules."""

COLUMNS = (
    "group", "structures", "sites", "unexplained", f"below {PI_STAR:g} eV", "median site", "inside 90 %", "rank",
    "marked", "thresholds / eV",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A row of the test part: its number, the kind of the structure and its number of heavy atoms."""

    number: int
    kind: str
    heavy_atoms: int


def read_rows(database: Path, rows: Sequence[int]) -> list[Row]:
    """Read the kinds and sizes of rows of a database."""
    every = list(stored_rows(str(database)))
    return [Row(n, every[n].keys.get("kind", "small"), int((every[n].numbers != 1).sum())) for n in rows]


def describe(name: str, model: SpectrumModel, database: Path, rows: Sequence[int], bounds: slice) -> str:
    """Return a line of the table."""
    found = evaluate(model, database, rows, progress=False)
    assert found.sphere is not None
    numbers = [len(rows), len(found.molecule_id)]
    shares = [found.sphere.share(), found.sphere.share(bounds), float(np.median(found.sphere.by_site()))]
    errors = found.predicted - found.calculated
    columns = [*map(str, numbers), *(f"{share:.1%}" for share in shares)]
    uncertainty = found.uncertainty
    if uncertainty is None or uncertainty.extrapolation_score is None:
        columns += ["", "", ""]
    else:
        correlation = rank_correlation(uncertainty.site_stds(), site_errors(errors))
        marked = len(np.unique(found.molecule_id[uncertainty.extrapolation_score > 1]))
        columns += [f"{uncertainty.coverage(errors)[0.9]:.1%}", f"{correlation:.2f}", f"{marked}"]
    assert found.predicted_ionization_energy is not None
    deviation = found.predicted_ionization_energy - found.ionization_energy
    columns.append(f"{np.sqrt(np.mean(deviation**2)):.2f}")
    return f"| {' | '.join([name, *columns])} |"


def groups(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Return the rows of each group of the table."""
    found = {"all": [row.number for row in rows]}
    found |= {name: [row.number for row in rows if row.kind == kind] for kind, name in KINDS.items()}
    for first, last in SIZES:
        name = f"{first} to {last} heavy atoms" if last < 99 else f"{first} and more heavy atoms"
        found[name] = [row.number for row in rows if first <= row.heavy_atoms <= last]
    found["measured, 7 and more heavy atoms"] = [
        row.number for row in rows if row.kind == "measured" and row.heavy_atoms >= 7
    ]
    return {name: numbers for name, numbers in found.items() if numbers}


def combine(runs: Sequence[Path], database: Path) -> tuple[SpectrumEnsemble, list[int], list[int]]:
    """Return the calibrated ensemble of finished trainings, and the rows of the training and test parts."""
    training, validation, test = read_split(runs[0] / "split.npz", database)
    ensemble = load_ensemble([run / "best_model" for run in runs])
    calibrate(ensemble, database, training, validation, progress=False)
    return ensemble, training, test


def main() -> None:
    """Run the missing trainings, write the model and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path, help="Markdown file to write")
    parser.add_argument("--output", type=Path, help="model to write: .safetensors, in half precision")
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--splitting", default="random", choices=("random", "practitioners"))
    options, overrides = parser.parse_known_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{processor()}, {options.jobs} trainings at a time with one thread each")
    arguments = [f"data/splitting={options.splitting}", *overrides]

    def run(seed: int) -> Path:
        return train(folder, f"member_{seed}", seed, arguments, EXPERIMENT)

    with ThreadPoolExecutor(options.jobs) as pool:
        runs = list(pool.map(run, range(options.members)))
    database = folder / "data" / "ck_edge_molecules.db"
    ensemble, training, test = combine(runs, database)
    if options.output is not None:
        save_model(ensemble, options.output, overwrite=True, half_precision=True)
    model = load_spectrum_model(ensemble if options.output is None else options.output)
    energies = model.head.energies.numpy()
    bounds = slice(0, int(np.searchsorted(energies, PI_STAR)))
    lines = [f"| {' | '.join(COLUMNS)} |", "| --- " * len(COLUMNS) + "|"]
    for number, path in enumerate(runs):
        lines.append(describe(f"member {number}", load_spectrum_model(path / "best_model"), database, test, bounds))
    lines += [describe(name, model, database, rows, bounds) for name, rows in groups(read_rows(database, test)).items()]
    options.table.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    print(report(evaluate(model, database, test, progress=False), mean_spectrum(database, training)))


if __name__ == "__main__":
    main()
