"""`spkisd merge`: merge the shards or parts of a prediction."""

from __future__ import annotations

import argparse

from .options import OUTPUT_HELP, Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "merge",
        help="merge the shards or parts of a prediction",
        description="Merge the HDF5 files of `spkisd predict --shard I/N`, or the folder of `spkisd predict --dask`, "
        "in the order of the structures. A single file is converted to the format of the output.",
    )
    parser.add_argument("parts", nargs="+", help="HDF5 files of predicted spectra, or one folder of parts")
    parser.add_argument("--output", "-o", required=True, help=OUTPUT_HELP)
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.prediction import merge

    merge(options.parts, options.output, overwrite=options.force)
    print(options.output)
