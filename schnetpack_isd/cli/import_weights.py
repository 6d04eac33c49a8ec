"""`spkisd import-weights`: make a model from the authors' weights."""

from __future__ import annotations

import argparse

from .options import Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "import-weights",
        help="make a best_model from the weights that the authors of ISD-PaiNN published",
        description="Make a model for SchNetPack from weights of the authors' implementation. It gives their numbers.",
    )
    switch = argparse.BooleanOptionalAction
    parser.add_argument("weights", nargs="?", help="their .pt file; read safely, it cannot run code")
    parser.add_argument("--config", help="configuration file that was published with it (config-defaults*.yaml)")
    parser.add_argument(
        "--download",
        metavar="NAME",
        help="download both from Zenodo: random_split, scaffold_split, wo_SM, wo_DE, wo_DE-SM",
    )
    parser.add_argument("--folder", help="folder for the download (default: weights)")
    parser.add_argument("--cutoff", type=float, help="cutoff radius in A, unless the configuration has it")
    parser.add_argument(
        "--symmetric-message", action=switch, help="whether the message is symmetrised, unless the configuration has it"
    )
    parser.add_argument(
        "--directional-embedding",
        action=switch,
        help="whether vectors start from the direction, unless the configuration has it (default: they do)",
    )
    parser.add_argument("--output", default="best_model", help="file to write (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.pretrained import describe_model, import_to_file

    model = import_to_file(
        options.output,
        options.weights,
        options.config,
        download=options.download,
        folder=options.folder,
        cutoff=options.cutoff,
        symmetric_message=options.symmetric_message,
        directional_embedding=options.directional_embedding,
        overwrite=options.force,
    )
    print(f"{options.output}: {describe_model(model)}")
