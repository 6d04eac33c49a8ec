"""`spkisd evaluate`: errors of trained models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .checks import check_figure, check_output
from .model import MODEL_HELP, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import nn

    from schnetpack_isd.evaluation import Evaluation

__all__ = ["add"]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the subcommand to those of the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="errors of trained models",
        description="Compare models with the calculated spectra of a database, and draw the paper's figures.",
    )
    add = parser.add_argument
    add("--model", required=True, action="append", help=f"{MODEL_HELP}; repeatable, to compare models")
    add("--data", required=True, help="converted database")
    add("--split", help="split.npz of the training: evaluate its test molecules; without it, all molecules")
    add("--random-directions", type=int, metavar="NUM", help="along this many random directions for each molecule")
    add("--plot", help="draw a good, a median and the worst site of the first model into this file")
    add("--table", help="write the error of each site and direction into this file (CSV)")
    add("--figures", metavar="FOLDER", help="draw the paper's figures into this folder")
    add("--molecule", type=int, action="append", default=[], metavar="ID", help="molecule to draw too; repeatable")
    add("--format", choices=("png", "pdf", "svg"), default="png", help="format of the figures (default: %(default)s)")
    add("--force", action="store_true", help="replace outputs that exist")
    add("--device", default="cpu", help="device to run on (default: %(default)s)")
    add("--batch-size", type=int, default=32, help="number of molecules in a batch (default: %(default)s)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.evaluation.evaluate import evaluate, mean_spectrum
    from schnetpack_isd.evaluation.report import report, write_table
    from schnetpack_isd.transform import RandomDirections

    _check(options)
    rows, training_rows = _rows(options)
    baseline = mean_spectrum(options.data, training_rows)
    transforms = [] if options.random_directions is None else [RandomDirections(options.random_directions)]
    models, evaluations = {}, {}
    for name in options.model:
        models[name], _ = load(name, options.device)
        evaluations[name] = evaluate(models[name], options.data, rows, transforms, options.batch_size)
        if len(options.model) > 1:
            print(f"\n{name}")
        print(report(evaluations[name], baseline))
    if options.table:
        write_table(evaluations, options.table)
        print(f"Error of each site and direction: {options.table}")
    if options.plot:
        from schnetpack_isd.plotting import plot_typical_sites

        plot_typical_sites(evaluations[options.model[0]], options.plot)
        print(f"Spectra of a good, a median and the worst site: {options.plot}")
    if options.figures:
        _draw(options, models, evaluations)


def _check(options: argparse.Namespace) -> None:
    from ase.db import connect

    from schnetpack_isd.metadata import open_database

    if options.molecule and not options.figures:
        raise ValueError("--molecule is for --figures FOLDER.")
    if len(set(options.model)) < len(options.model):
        raise ValueError("a --model was given twice.")
    if options.table is not None:
        check_output(options.table, options.force)
    if options.plot is not None:
        check_figure(options.plot, options.force)
    if options.figures and Path(options.figures).exists() and not options.force:
        raise FileExistsError(f"{options.figures} exists; figures in it are replaced only on demand (`--force`).")
    open_database(options.data)
    for molecule_id in options.molecule:
        if connect(options.data).count(molecule_id=molecule_id) == 0:
            raise ValueError(f"{options.data} has no molecule {molecule_id}.")


def _rows(options: argparse.Namespace) -> tuple[list[int], list[int]]:
    """Rows to evaluate, and those whose mean spectrum is the baseline."""
    import numpy as np

    from schnetpack_isd.metadata import open_database

    everything = list(range(len(open_database(options.data))))
    if options.split is None:
        return everything, everything
    if not Path(options.split).exists():
        raise FileNotFoundError(f"{options.split}: no such file.")
    try:
        with np.load(options.split) as split:
            test, train = split["test_idx"].tolist(), split["train_idx"].tolist()
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(
            f"{options.split} is not a split file (an .npz with train_idx, val_idx and test_idx); trainings and "
            "`spkisd split` write them."
        ) from error
    if max(test + train) >= len(everything):
        raise ValueError(
            f"{options.split} has row {max(test + train)}, but {options.data} has {len(everything)} rows: it is the "
            "split of another database."
        )
    return test, train


def _draw(options: argparse.Namespace, models: Mapping[str, nn.Module], evaluations: Mapping[str, Evaluation]) -> None:
    from matplotlib.figure import Figure

    from schnetpack_isd.plotting import figure_style, plot_percentiles, plot_sorted_errors, save_figure

    folder = Path(options.figures)
    folder.mkdir(parents=True, exist_ok=True)

    def path(name: str) -> Path:
        return folder / f"{name}.{options.format}"

    with figure_style():
        figure = Figure(figsize=(3.6, 2.8))
        plot_sorted_errors(figure.subplots(), {name: e.squared_errors() for name, e in evaluations.items()})
        save_figure(figure, path("sorted_errors"))
    drawn = [path("sorted_errors")]
    first = options.model[0]
    plot_percentiles(evaluations[first], path("percentiles"))
    drawn.append(path("percentiles"))
    for molecule_id in options.molecule:
        drawn += _draw_molecule(options, models[first], evaluations[first], molecule_id, path)
    for figure_path in drawn:
        print(figure_path)


def _draw_molecule(
    options: argparse.Namespace, model: nn.Module, evaluation: Evaluation, molecule_id: int, path: Callable[[str], Path]
) -> list[Path]:
    from ase.db import connect

    from schnetpack_isd.evaluation.evaluate import turned
    from schnetpack_isd.metadata import open_database, read_metadata
    from schnetpack_isd.plotting import plot_molecule, plot_turned_about_axes

    row = connect(options.data).get(molecule_id=molecule_id)
    drawn = []
    if evaluation.along_axes():
        drawn.append(path(f"molecule_{molecule_id}"))
        plot_molecule(evaluation, molecule_id, row.toatoms(), drawn[-1])
    else:
        print(f"The figure of molecule {molecule_id} needs spectra along x, y and z, without --random-directions.")
    if read_metadata(open_database(options.data))["tensor"]:
        drawn.append(path(f"turned_{molecule_id}"))
        plot_turned_about_axes(turned(model, options.data, row.id - 1), drawn[-1])
    else:
        print(f"{options.data} has no tensors (`tensor: true`), hence no spectra along a direction that is turned.")
    return drawn
