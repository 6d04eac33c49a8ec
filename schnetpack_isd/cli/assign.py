"""`spkisd assign`: atoms that make the peaks of a spectrum."""

from __future__ import annotations

import argparse

from .measured_options import add_measured_spectrum
from .options import (
    Subcommands,
    add_model,
    add_outputs,
    add_structure,
    add_units,
    load_model,
    predicted_request,
    print_paths,
)

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "assign",
        help="atoms that make the peaks of a spectrum",
        description="Find the peaks of the isotropic spectrum of a structure, and print the shares of groups of atoms "
        "with the same spectrum, and the direction of polarisation. Needs a model that predicts tensors.",
    )
    add_structure(parser)
    parser.add_argument("--sites", action="store_true", help="keep atoms apart that have the same spectrum")
    parser.add_argument(
        "--prominence",
        type=float,
        default=0.05,
        metavar="SHARE",
        help="smallest prominence of a peak, relative to the highest intensity (default: %(default)s)",
    )
    add_measured_spectrum(parser, purpose=", to align and draw in the figure")
    add_outputs(
        parser,
        "table to write: .csv, .json; without --plot too: STRUCTURE_peaks.csv",
        "figure of the contributions beside the numbered molecule (with RDKit)",
    )
    add_model(parser)
    add_units(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.assign.request import AssignmentRequest
    from schnetpack_isd.analysis.assign.table import ENDINGS, format_assignment
    from schnetpack_isd.analysis.outputs import check_files, default_output

    request = AssignmentRequest(
        predicted_request(options),
        options.sites,
        options.prominence,
        options.measured,
        options.column,
        options.energy_column,
    )
    output = options.output
    if output is None and options.plot is None:
        output = default_output(options.structure, "peaks")
    check_files(request.files, options.model, output, options.plot, options.force, ENDINGS)

    from schnetpack_isd.analysis.assign.assign_file import assign_file  # imports PyTorch, which takes seconds

    model = load_model(options)
    assignment = assign_file(
        request, model, output, figure=options.plot, overwrite=options.force, device=options.device
    )
    print(format_assignment(assignment, model.head.absorbing_element))
    print_paths(output, options.plot)
