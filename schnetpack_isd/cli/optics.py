"""`spkisd optics`: optical constants near an edge."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from schnetpack_isd.utils.text import printable

from .axis_options import add_axis_options, chosen_axis, is_axis_given
from .options import Subcommands, add_model, add_structure, add_units, request_of_structure

if TYPE_CHECKING:
    from schnetpack_isd.analysis.film_geometry import TiltedAxis

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "optics",
        help="optical constants delta and beta near an edge",
        description="Predict the refractive index n = 1 - delta + i beta of a material: the spectrum of a structure is "
        "scaled to bare atoms, and transformed by Kramers and Kronig. Needs `pip install 'schnetpack-isd[optics]'`.",
    )
    add_structure(parser)
    parser.add_argument("--density", type=float, required=True, metavar="G_PER_CM3", help="density in g/cm³")
    parser.add_argument("--formula", help="composition of the material, such as C8H8 (default: that of the structure)")
    group = add_axis_options(parser, "molecular axis in a uniaxial film (default: no order)")
    group.add_argument(
        "--tilt", type=float, metavar="DEGREES", help="angle between molecular axis and film normal (default: 0)"
    )
    group.add_argument(
        "--spread", type=float, metavar="DEGREES", help="standard deviation of a Gaussian of tilts (default: 0)"
    )
    parser.add_argument("--output", "-o", help="table to write: .csv, .npz; without --plot too: STRUCTURE_optics.csv")
    parser.add_argument("--plot", help="figure to draw: .png, .pdf, .svg, ...")
    add_model(parser)
    add_units(parser)
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.optics import OpticsRequest, parse_composition
    from schnetpack_isd.analysis.table import check_outputs, default_output

    composition = None if options.formula is None else parse_composition(options.formula)
    request = OpticsRequest(request_of_structure(options), options.density, composition, _orientation(options))
    output = options.output
    if output is None and options.plot is None:
        output = default_output(options.structure, "optics")
    check_outputs(request.prediction, options.model, output, options.plot, options.force)

    from schnetpack_isd.analysis.optics_file import optics_file
    from schnetpack_isd.models import load_spectrum_model  # imports PyTorch, which takes seconds

    model = load_spectrum_model(options.model, options.device, options.trust)
    optics_file(request, model, output, figure=options.plot, overwrite=options.force, device=options.device)
    for path in filter(None, (output, options.plot)):
        print(printable(path))


def _orientation(options: argparse.Namespace) -> TiltedAxis | None:
    from schnetpack_isd.analysis.film_geometry import TiltedAxis

    if is_axis_given(options):
        return TiltedAxis(chosen_axis(options), options.tilt or 0.0, options.spread or 0.0)
    if options.tilt is not None or options.spread is not None:
        raise ValueError("--tilt and --spread need a molecular axis: --axis, --bond or --plane.")
    return None
