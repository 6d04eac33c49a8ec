"""`spkisd optics`: optical constants near an edge."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .axis_options import add_axis_options, chosen_axis, is_axis_given
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

if TYPE_CHECKING:
    from schnetpack_isd.analysis.film.geometry import TiltedAxis

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
    add_outputs(parser, "table to write: .csv, .npz; without --plot too: STRUCTURE_optics.csv")
    add_model(parser)
    add_units(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.optics.predicted_index import OpticsRequest, parse_composition
    from schnetpack_isd.analysis.outputs import check_files, default_output
    from schnetpack_isd.analysis.spectrum_table import ENDINGS

    composition = None if options.formula is None else parse_composition(options.formula)
    request = OpticsRequest(predicted_request(options), options.density, composition, _orientation(options))
    output = options.output
    if output is None and options.plot is None:
        output = default_output(options.structure, "optics")
    check_files(request.prediction.files, options.model, output, options.plot, options.force, ENDINGS)

    from schnetpack_isd.analysis.optics.optics_file import optics_file  # imports PyTorch, which takes seconds

    model = load_model(options)
    optics_file(request, model, output, figure=options.plot, overwrite=options.force, device=options.device)
    print_paths(output, options.plot)


def _orientation(options: argparse.Namespace) -> TiltedAxis | None:
    from schnetpack_isd.analysis.film.geometry import TiltedAxis

    if is_axis_given(options):
        return TiltedAxis(chosen_axis(options), options.tilt or 0.0, options.spread or 0.0)
    if options.tilt is not None or options.spread is not None:
        raise ValueError("--tilt and --spread need a molecular axis: --axis, --bond or --plane.")
    return None
