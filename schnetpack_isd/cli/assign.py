"""`spkisd assign`: atoms that make the peaks of a spectrum."""

from __future__ import annotations

import argparse

from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.text import printable

from .options import MODEL_HELP, TRUST_HELP, Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "assign",
        help="atoms that make the peaks of a spectrum",
        description="Find the peaks of the isotropic spectrum of a structure, and print the shares of groups of atoms "
        "with the same spectrum, and the direction of polarisation. Needs a model that predicts tensors.",
    )
    parser.add_argument("structure", help="file with the structure: XYZ, CIF, POSCAR, SDF (with RDKit), ...")
    parser.add_argument("--index", default=":", help="frame, for a file with several: 0, -1, ...")
    parser.add_argument("--model", default=DEFAULT_MODEL, help=f"{MODEL_HELP} (default: %(default)s)")
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    parser.add_argument(
        "--output", "-o", help="table to write: .csv or .json; without --output and --plot: STRUCTURE_peaks.csv"
    )
    parser.add_argument(
        "--plot",
        metavar="FILE",
        help="figure of the contributions beside the numbered molecule (with RDKit): .png, .pdf, .svg, ...",
    )
    parser.add_argument("--sites", action="store_true", help="keep atoms apart that have the same spectrum")
    parser.add_argument(
        "--prominence",
        type=float,
        default=0.05,
        metavar="SHARE",
        help="smallest prominence of a peak, relative to the highest intensity (default: %(default)s)",
    )
    parser.add_argument("--measured", metavar="FILE", help="measured spectrum to align and draw in the figure")
    parser.add_argument(
        "--experimental-axis",
        action="store_true",
        help="shift energies and ionisation thresholds to measured ones, by what the model knows of its training data",
    )
    parser.add_argument("--device", default="cpu", help="device to run on (default: %(default)s)")
    parser.add_argument(
        "--allow-extrapolation", action="store_true", help="accept a structure that is unlike the training data"
    )
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.assign.request import AssignmentRequest, check_assignment_files

    request = AssignmentRequest(
        structure=options.structure,
        index=options.index,
        sites=options.sites,
        prominence=options.prominence,
        experimental_axis=options.experimental_axis,
        allow_extrapolation=options.allow_extrapolation,
        measured=options.measured,
    )
    is_output_missing = options.output is None and options.plot is None
    output = request.default_output() if is_output_missing else options.output
    check_assignment_files(request, options.model, output, options.plot, options.force)

    from schnetpack_isd.analysis.assign.assign_file import assign_file  # imports PyTorch, which takes seconds
    from schnetpack_isd.analysis.assign.table import format_assignment
    from schnetpack_isd.models import load_spectrum_model

    model = load_spectrum_model(options.model, options.device, options.trust)
    assignment = assign_file(
        request, model, output, figure=options.plot, overwrite=options.force, device=options.device
    )
    print(format_assignment(assignment, model.head.absorbing_element))
    for path in filter(None, (output, options.plot)):
        print(printable(path))
