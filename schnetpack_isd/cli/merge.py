"""`spkisd merge`: join the parts of a prediction."""

from __future__ import annotations

import argparse

__all__ = ["add"]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the subcommand to those of the parser."""
    parser = commands.add_parser(
        "merge",
        help="join the parts of a prediction",
        description="Join the HDF5 files that `spkisd predict --shard I/N` made, in the order of the structures. With "
        "a single file it is converted: another ending of the output is another format.",
    )
    add = parser.add_argument
    add("parts", nargs="+", help="HDF5 files of predicted spectra")
    add("--output", "-o", required=True, help="file to write: .csv, .npz, .hdf5, .xdi")
    add("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.prediction.predict_file import merge, output_file

    with output_file(options.output, options.force) as store:
        merge(options.parts, store)
    print(options.output)
