"""`spkisd view`: a page in which the molecule and the light are turned."""

from __future__ import annotations

import argparse
from pathlib import Path

from .options import Subcommands, add_model, add_structure, add_units, load_model, predicted_request, print_paths

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "view",
        help="a page in which the molecule and the light are turned",
        description="Predict the absorption tensors of one structure or several, and write one HTML file in which "
        "molecule and polarisation are turned by hand, and the spectrum of each atom follows. It opens in any "
        "browser, without a network.",
    )
    add_structure(parser)
    parser.add_argument("--output", "-o", help="page to write: .html (default: STRUCTURE_view.html)")
    add_model(parser)
    add_units(parser)
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.view.checks import check_view

    request = predicted_request(options)
    output = options.output or f"{Path(options.structure).name.split('.')[0] or 'structure'}_view.html"
    check_view(request, options.model, output, options.force)

    from schnetpack_isd.view.view_file import view_file  # imports PyTorch, which takes seconds

    view_file(request, load_model(options), output, overwrite=options.force, device=options.device)
    print_paths(output)
