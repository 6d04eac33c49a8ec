"""Train the bundled model, an ensemble, and report its errors.

    python benchmarks/bundled_model.py FOLDER TABLE.md [--output MODEL.safetensors] [--members 4] [--jobs 2]
        [--splitting bundled] [--experiment isd_tensor_member]
    python benchmarks/bundled_model.py FOLDER TABLE.md --model ck_edge

Each member is a run of `spktrain experiment=...` on one thread with another seed, `--jobs` of them at a
time. Finished trainings are not repeated. The validation part calibrates the ensemble; the table has its errors on the
test part, by kind and by size of the molecules, beside those of single members. `--splitting practitioners` trains on
molecules of at most six heavy atoms and tests on larger ones that people measure.

`--model` trains nothing, and reports the errors of a model that was made before, on the split `bundled`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ablation import train
from bundled_split import bundled_split
from bundled_table import TestPart
from learning_curve import DATABASE
from processor import processor

from schnetpack_isd.data import convert_spectra, open_database
from schnetpack_isd.data.split_file import Parts, read_split
from schnetpack_isd.data.stored_rows import molecule_ids
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES, sample_settings
from schnetpack_isd.evaluation import calibrate, evaluate, report
from schnetpack_isd.evaluation.evaluate import mean_spectrum
from schnetpack_isd.models import SpectrumModel, load_ensemble, load_spectrum_model, save_model


def train_ensemble(options: argparse.Namespace, overrides: Sequence[str]) -> tuple[SpectrumModel, Parts]:
    """Run the missing trainings, and return the calibrated ensemble with the rows of the parts."""
    print(f"{processor()}, {options.jobs} trainings at a time with one thread each")
    arguments = [f"data/splitting={options.splitting}", *overrides]

    def run(seed: int) -> Path:
        return train(options.folder, f"member_{seed}", seed, arguments, options.experiment)

    with ThreadPoolExecutor(options.jobs) as pool:
        runs = list(pool.map(run, range(options.members)))
    database = options.folder / DATABASE
    parts = read_split(runs[0] / "split.npz", database)
    ensemble = load_ensemble([run / "best_model" for run in runs])
    calibrate(ensemble, database, *parts[:2], progress=False)
    if options.output is None:
        return load_spectrum_model(ensemble), parts
    save_model(ensemble, options.output, overwrite=True, half_precision=True)
    return load_spectrum_model(options.output), parts


def load_trained(name: str, folder: Path) -> tuple[SpectrumModel, Parts]:
    """Return a model that was made before, with the rows of the parts of its split.

    Raises:
        ValueError: the model was trained on other molecules than those of the training part.
    """
    database = folder / DATABASE
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        convert_spectra(MOLECULES_SPECTRA, MOLECULES_STRUCTURES, database, sample_settings())
    model, splitting, dataset = load_spectrum_model(name), bundled_split(), open_database(database)
    parts = splitting.split(dataset, *splitting.sizes(dataset))
    ids = molecule_ids(database)
    if model.training_ids != {ids[row] for row in parts[0]}:
        raise ValueError(f"{name} was trained on other molecules than those of the split `bundled`.")
    return model, parts


def main() -> None:
    """Make or load the model, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path, help="Markdown file to write")
    parser.add_argument("--output", type=Path, help="model to write: .safetensors, in half precision")
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--splitting", default="bundled", choices=("bundled", "practitioners"))
    parser.add_argument("--experiment", default="isd_tensor_member")
    parser.add_argument("--model", help="name or file of an ensemble; nothing is trained")
    options, overrides = parser.parse_known_args()
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.model is None:
        model, (training, _, test) = train_ensemble(options, overrides)
    else:
        model, (training, _, test) = load_trained(options.model, options.folder)
    database = options.folder / DATABASE
    part = TestPart(database, test, model)
    text = f"{part.table()}\n\n{part.comparison()}\n"
    options.table.write_text(text, encoding="utf-8")
    print(text)
    print(report(evaluate(model, database, test, progress=False), mean_spectrum(database, training)))


if __name__ == "__main__":
    main()
