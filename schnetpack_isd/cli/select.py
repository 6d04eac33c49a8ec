"""`spkisd select`: structures to calculate next."""

from __future__ import annotations

import argparse

from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.text import printable

from .options import MODEL_HELP, TRUST_HELP, Subcommands, add_index

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "select",
        help="structures to calculate next",
        description="Choose the structures that an ensemble of models is least sure of and that differ from each "
        "other, and write them in order of choice. `spkisd calculate` takes the file.",
    )
    parser.add_argument(
        "structures",
        nargs="*",
        help="files of structures to choose from: XYZ, CIF, SDF (with RDKit), ...; or of SMILES, one a line (.smi)",
    )
    parser.add_argument(
        "--smiles", nargs="+", default=[], help="SMILES to choose from; a force field makes geometries for the ranking"
    )
    parser.add_argument("--number", "-n", type=int, required=True, help="number of structures to choose")
    parser.add_argument(
        "--output",
        "-o",
        required=True,
        help="file to write, with `selection_score`: extended XYZ (.extxyz or .xyz), or SMILES (.smi)",
    )
    add_index(parser)
    parser.add_argument(
        "--model", default=DEFAULT_MODEL, help=f"{MODEL_HELP}; it must be an ensemble (default: %(default)s)"
    )
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    parser.add_argument("--device", default="cpu", help="device to run on (default: %(default)s)")
    parser.add_argument(
        "--batch-size", type=int, default=32, help="number of structures in a batch (default: %(default)s)"
    )
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.selection import SelectionRequest

    request = SelectionRequest(options.structures, options.number, options.index, options.smiles)
    request.check_files(options.model, options.output, options.force)

    from schnetpack_isd.models import load_spectrum_model  # imports PyTorch, which takes seconds
    from schnetpack_isd.selection import select_file

    select_file(
        request,
        options.output,
        load_spectrum_model(options.model, options.device, options.trust),
        overwrite=options.force,
        device=options.device,
        batch_size=options.batch_size,
    )
    print(printable(options.output))
