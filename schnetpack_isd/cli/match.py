"""`spkisd match`: candidate structures ranked by a measured spectrum."""

from __future__ import annotations

import argparse

from .measured_options import add_measured_spectrum
from .options import (
    Subcommands,
    add_fitted_axis,
    add_index,
    add_model,
    add_outputs,
    fitted_request,
    load_model,
    print_paths,
)

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "match",
        help="rank candidate structures by a measured spectrum",
        description="Predict the isotropic spectra of candidate structures (isomers, tautomers, conformers, ...), fit "
        "each to a measured spectrum, and print how probable each candidate is.",
    )
    parser.add_argument("candidates", nargs="+", help="files of structures; each structure is a candidate")
    add_index(parser)
    add_measured_spectrum(parser, required=True)
    group = parser.add_argument_group("fit")
    for name, default, what in (
        ("--shift", (-0.6, 0.6), "further shift of the energies"),
        ("--broadening", (0.0, 0.6), "standard deviation of a further Gaussian broadening"),
    ):
        text = f"limits of the {what} in eV; two equal numbers fix it (default: {default[0]:g} {default[1]:g})"
        group.add_argument(name, nargs=2, type=float, default=default, metavar=("LOW", "HIGH"), help=text)
    group.add_argument(
        "--noise",
        type=float,
        metavar="SHARE",
        help="standard deviation of the measured intensities, relative to their range (default: estimated)",
    )
    group.add_argument(
        "--range", nargs=2, type=float, metavar=("E1", "E2"), help="measured energies to compare, eV (default: all)"
    )
    add_fitted_axis(parser)
    add_outputs(parser, "table to write: .csv, .json", "figure of the best fits")
    add_model(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.match.fit import Bounds
    from schnetpack_isd.analysis.match.request import MatchRequest
    from schnetpack_isd.analysis.match.table import ENDINGS, format_match
    from schnetpack_isd.analysis.outputs import check_files

    request = MatchRequest(
        fitted_request(options, options.candidates),
        options.measured,
        options.column,
        options.energy_column,
        Bounds(tuple(options.shift), tuple(options.broadening)),
        options.noise,
        None if options.range is None else tuple(options.range),
    )
    check_files(request.files, options.model, options.output, options.plot, options.force, ENDINGS)

    from schnetpack_isd.analysis.match.match_file import match_file  # imports PyTorch, which takes seconds

    model = load_model(options)
    match = match_file(
        request, model, options.output, figure=options.plot, overwrite=options.force, device=options.device
    )
    print(format_match(match))
    print_paths(options.output, options.plot)
