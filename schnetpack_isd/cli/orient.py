"""`spkisd orient`: orientation of molecules in a film from measured spectra."""

from __future__ import annotations

import argparse

from .axis_options import add_axis_options, chosen_axis, is_axis_given
from .measured_options import add_measured_series, measured_files, measured_series
from .options import (
    Subcommands,
    add_fitted_axis,
    add_model,
    add_outputs,
    add_structure,
    fitted_request,
    load_model,
    print_paths,
)

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "orient",
        help="orientation of molecules in a film, from measured spectra at several angles",
        description="Fit the order parameter of a molecular axis with respect to the normal of a uniaxial film, and "
        "the tilt that it corresponds to, to spectra at several angles. Without an axis, fit all second moments of the "
        "film normal in the frame of the molecule.",
    )
    add_structure(parser)
    add_axis_options(parser)
    add_measured_series(parser)
    group = parser.add_argument_group("fit")
    group.add_argument(
        "--range", nargs=2, type=float, metavar=("E1", "E2"), help="measured energies to compare, eV (default: all)"
    )
    group.add_argument(
        "--fit-polarisation",
        action="store_true",
        help="fit the degree of polarisation too, from 0.8 to 1; better measure it",
    )
    add_fitted_axis(parser)
    add_outputs(parser, "file to write: .json, or .csv with the fitted spectra")
    add_model(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.orient.report import ENDINGS, describe
    from schnetpack_isd.analysis.orient.request import OrientationRequest
    from schnetpack_isd.analysis.outputs import check_files

    request = OrientationRequest(
        fitted_request(options, options.structure),
        measured_series(options),
        chosen_axis(options) if is_axis_given(options) else None,
        None if options.range is None else tuple(options.range),
        options.fit_polarisation,
        measured_files(options),
    )
    check_files(request.files, options.model, options.output, options.plot, options.force, ENDINGS)

    from schnetpack_isd.analysis.orient.orient_file import orient_file  # imports PyTorch, which takes seconds

    model = load_model(options)
    result = orient_file(
        request, model, options.output, figure=options.plot, overwrite=options.force, device=options.device
    )
    print(describe(result))
    print_paths(options.output, options.plot)
