"""`spkisd download`: download the published data."""

from __future__ import annotations

import argparse

from .options import Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "download",
        help="download the published carbon K-edge spectra and QM9's structures",
        description="Download the published carbon K-edge spectra, QM9's structures and its list of uncharacterised "
        "molecules, unless they exist. Downloads are verified; existing files are not.",
    )
    parser.add_argument("folder", help="folder for the files; spktrain looks for them in `data`")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from pathlib import Path

    from schnetpack_isd.datasets import PUBLISHED, download

    for name in PUBLISHED:
        path = Path(options.folder, name)
        download(path)
        print(path)
