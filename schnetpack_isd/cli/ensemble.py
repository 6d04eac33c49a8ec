"""`spkisd ensemble`: models that predict as one."""

from __future__ import annotations

import argparse

from .options import MODEL_HELP, TRUST_HELP, Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "ensemble",
        help="combine models into one with an uncertainty",
        description="Combine models that were trained alike, with different seeds, into one file that every command "
        "takes as one model: its spectra are the mean of the members, with a standard deviation. The validation part "
        "of a split calibrates the standard deviation, and sets the limit beyond which structures are unlike the "
        "training data.",
    )
    parser.add_argument(
        "models", nargs="+", help=f"{MODEL_HELP}; an ensemble stands for its members, without its calibration"
    )
    parser.add_argument("--output", "-o", required=True, help="file to write: .safetensors")
    parser.add_argument("--data", help="converted database of the trainings; without it, nothing is calibrated")
    parser.add_argument("--split", help="split.npz of the trainings")
    parser.add_argument("--half-precision", action="store_true", help="store weights as float16, in half the space")
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.pretrained.names import check_model_name
    from schnetpack_isd.utils.files import check_input, check_not_input, check_output

    if (options.data is None) != (options.split is None):
        raise ValueError("--data and --split go together: they are the database and the split of the trainings.")
    if not options.output.endswith(".safetensors"):
        raise ValueError(f"{options.output}: the name must end in .safetensors.")
    for model in options.models:
        check_model_name(model)
    files = [*filter(None, (options.data, options.split))]
    check_input(*files)
    check_not_input(options.output, [*options.models, *files])
    check_output(options.output, options.force)

    from schnetpack_isd.data.split_file import read_split  # imports PyTorch, which takes seconds
    from schnetpack_isd.evaluation import calibrate
    from schnetpack_isd.models import load_ensemble, save_model

    ensemble = load_ensemble(options.models, options.trust)
    if options.data is not None:
        training, validation, _ = read_split(options.split, options.data)
        calibrate(ensemble, options.data, training, validation)
    save_model(ensemble, options.output, options.force, options.half_precision)
    print(options.output)
