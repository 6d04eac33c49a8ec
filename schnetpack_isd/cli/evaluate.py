"""`spkisd evaluate`: errors of a trained model."""

from __future__ import annotations

import argparse
import os

from .model import MODEL_HELP, load

__all__ = ["add"]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the subcommand to those of the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="errors of a trained model on held-out molecules",
        description="Compare a trained model with the calculated spectra of the molecules that it was not trained on.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--model", required=True, help=MODEL_HELP)
    add("--data", required=True, help="converted database")
    add("--split", required=True, help="split.npz of the training")
    add("--plot", help="draw a good, a median and the worst test site into this file")
    add("--random-directions", type=int, metavar="NUM", help="along this many random directions for each molecule")
    add("--device", default="cpu", help="device to run on")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    import numpy as np

    from schnetpack_isd.evaluation import evaluate, mean_spectrum
    from schnetpack_isd.report import report
    from schnetpack_isd.transform import RandomDirections

    for path in (options.data, options.split):
        if not os.path.exists(path):
            raise FileNotFoundError(f"{path}: no such file.")
    split = np.load(options.split)
    model, _ = load(options.model)
    transforms = [] if options.random_directions is None else [RandomDirections(options.random_directions)]
    evaluation = evaluate(model.to(options.device), options.data, split["test_idx"], transforms)
    print(report(evaluation, mean_spectrum(options.data, split["train_idx"])))
    if options.plot:
        from schnetpack_isd.plotting import plot_typical_sites

        plot_typical_sites(evaluation, options.plot)
        print(f"Spectra of a good, a median and the worst test site: {options.plot}")
