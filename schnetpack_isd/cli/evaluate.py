"""`spkisd evaluate`: errors of trained models."""

from __future__ import annotations

import argparse

from schnetpack_isd.pretrained.names import DEFAULT_MODEL

from .options import MODEL_HELP, TRUST_HELP, Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="errors of trained models",
        description="Compare models with the calculated spectra of a database, and draw the paper's figures.",
    )
    parser.add_argument(
        "--model", action="append", help=f"{MODEL_HELP}; repeatable, to compare models (default: {DEFAULT_MODEL})"
    )
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    parser.add_argument("--data", required=True, help="converted database, or a .txt list of them")
    parser.add_argument(
        "--split", help="split.npz of the training: evaluate its test molecules; without it, all molecules"
    )
    parser.add_argument(
        "--random-directions",
        type=int,
        metavar="NUM",
        help="evaluate along NUM random directions per molecule (needs tensors)",
    )
    parser.add_argument(
        "--bands",
        type=float,
        nargs="+",
        metavar="E",
        help="edges of the bands of energy of the report in eV, ascending (default: five equal parts of the axis)",
    )
    parser.add_argument("--plot", help="draw a good, a median and the worst site of the first model into this file")
    parser.add_argument("--table", help="write the error of each site and direction into this file (CSV)")
    parser.add_argument("--figures", metavar="FOLDER", help="draw the paper's figures into this folder")
    parser.add_argument(
        "--molecule", type=int, action="append", default=[], metavar="ID", help="molecule to draw too; repeatable"
    )
    parser.add_argument(
        "--format", choices=("png", "pdf", "svg"), default="png", help="format of the figures (default: %(default)s)"
    )
    parser.add_argument("--force", action="store_true", help="replace outputs that exist")
    parser.add_argument("--device", default="cpu", help="device to run on (default: %(default)s)")
    parser.add_argument(
        "--batch-size", type=int, default=32, help="number of molecules in a batch (default: %(default)s)"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.pretrained.names import check_model_name
    from schnetpack_isd.utils.files import check_input, check_output

    models = options.model or [DEFAULT_MODEL]
    check_input(options.data, *filter(None, [options.split]))
    for model in models:
        check_model_name(model)
    for path in filter(None, [options.table, options.plot]):
        check_output(path, options.force)

    from schnetpack_isd.evaluation import EvaluationRequest, evaluate_file  # imports PyTorch, which takes seconds
    from schnetpack_isd.models import load_spectrum_model

    result = evaluate_file(
        EvaluationRequest(options.data, options.split, options.random_directions, options.molecule, options.bands),
        [load_spectrum_model(model, options.device, options.trust) for model in models],
        table=options.table,
        plot=options.plot,
        figures=options.figures,
        figure_format=options.format,
        overwrite=options.force,
        device=options.device,
        batch_size=options.batch_size,
    )
    print(result.report())
    if options.table:
        print(f"Error of each site and direction: {options.table}")
    if options.plot:
        print(f"Spectra of a good, a median and the worst site: {options.plot}")
    for line in (*result.notes, *result.figures):
        print(line)
