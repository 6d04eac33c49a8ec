"""`spkisd download`: get the published data."""

from __future__ import annotations

import argparse
import os

__all__ = ["add"]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the subcommand to those of the parser."""
    parser = commands.add_parser(
        "download",
        help="get the published carbon K-edge spectra and QM9's structures",
        description="Download the published carbon K-edge spectra, QM9's structures and its list of uncharacterised "
        "molecules, those that are not there yet. What arrives is checked; what is there is not.",
    )
    parser.add_argument("folder", help="folder to put them in; spktrain looks for them in `data`")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.datasets import PUBLISHED, download

    for name in PUBLISHED:
        path = os.path.join(options.folder, name)
        download(path)
        print(path)
