"""`spkisd normalise`: normalised spectra from raw files of a beamline."""

from __future__ import annotations

import argparse

from schnetpack_isd.utils.text import printable

from .options import Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "normalise",
        help="normalised spectra from raw files of a beamline",
        description="Normalise measured spectra as a YAML file describes: division by the incident flux, pre-edge and "
        "post-edge. Commands that take --series read the YAML file themselves; this one shows what they see.",
    )
    parser.add_argument("series", help="YAML file that names measured spectra and their treatment")
    parser.add_argument("--output", "-o", metavar="FOLDER", help="folder to write, with an XDI file for each angle")
    parser.add_argument("--plot", metavar="FILE", help="figure to draw: .png, .pdf, .svg, ...")
    parser.add_argument("--force", action="store_true", help="replace outputs that exist")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.measured.normalise_file import normalise_file

    for path in normalise_file(options.series, options.output, options.plot, options.force):
        print(printable(path))
