"""`spkisd orient`: orientation of molecules in a film from measured spectra."""

from __future__ import annotations

import argparse

from schnetpack_isd.utils.text import printable

from .axis_options import add_axis_options, chosen_axis, is_axis_given
from .measured_options import add_measured_arguments, measured_files, measured_series
from .options import Subcommands, add_model, add_structure

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
    add_measured_arguments(parser)
    group = parser.add_argument_group("fit")
    group.add_argument(
        "--range", nargs=2, type=float, metavar=("E1", "E2"), help="measured energies to compare, eV (default: all)"
    )
    group.add_argument(
        "--fit-polarisation",
        action="store_true",
        help="fit the degree of polarisation too, from 0.8 to 1; better measure it",
    )
    group.add_argument(
        "--energy-shift",
        type=float,
        metavar="EV",
        help="shift from the energies of the model to measured ones, within 1 eV (default: what the model knows of "
        "measured energies)",
    )
    parser.add_argument("--output", "-o", help="file to write: .json, or .csv with the fitted spectra")
    parser.add_argument("--plot", help="figure to draw: .png, .pdf, .svg, ...")
    add_model(parser)
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.orient.orient_file import OrientationRequest, check_files, orient_file
    from schnetpack_isd.analysis.orient.report import describe
    from schnetpack_isd.models import load_spectrum_model
    from schnetpack_isd.prediction.request import PredictionRequest

    prediction = PredictionRequest(
        options.structure,
        index=options.index,
        isotropic=True,
        tensor=True,
        energy_shift=options.energy_shift or 0.0,
        experimental_axis=options.energy_shift is None,
        allow_extrapolation=options.allow_extrapolation,
    )
    request = OrientationRequest(
        prediction,
        measured_series(options),
        chosen_axis(options) if is_axis_given(options) else None,
        None if options.range is None else tuple(options.range),
        options.fit_polarisation,
        measured_files(options),
    )
    check_files(request, options.model, options.output, options.plot, options.force)
    model = load_spectrum_model(options.model, options.device, options.trust)
    result = orient_file(
        request, model, options.output, figure=options.plot, overwrite=options.force, device=options.device
    )
    print(describe(result))
    for path in filter(None, (options.output, options.plot)):
        print(printable(path))
