"""`spkisd eels`: energy-loss spectra for a beam along a direction."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from schnetpack_isd.utils.text import printable

from .axis_options import add_axis_options, chosen_axis, is_axis_given
from .options import Subcommands, add_model, add_structure, add_units, request_of_structure

if TYPE_CHECKING:
    from schnetpack_isd.analysis.molecular_axis import MolecularAxis

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "eels",
        help="energy-loss spectra for a beam along a direction",
        description="Predict the energy-loss spectrum of a structure in an electron microscope: momentum transfers "
        "along the beam and across it are weighted for the voltage and both apertures.",
    )
    add_structure(parser)
    group = add_axis_options(parser, "direction of the beam")
    group.add_argument(
        "--zone-axis", nargs=3, type=float, metavar=("U", "V", "W"), help="lattice direction [uvw] of a crystal"
    )
    parser.add_argument("--voltage", type=float, required=True, metavar="KV", help="acceleration voltage in kV")
    parser.add_argument(
        "--convergence", type=float, required=True, metavar="MRAD", help="semi-angle of the illumination in mrad"
    )
    parser.add_argument(
        "--collection", type=float, required=True, metavar="MRAD", help="semi-angle of the collection aperture in mrad"
    )
    parser.add_argument("--output", "-o", help="table to write: .csv, .npz; without --plot too: STRUCTURE_eels.csv")
    parser.add_argument("--plot", help="figure to draw: .png, .pdf, .svg, ...")
    add_model(parser)
    add_units(parser)
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.eels import EELSRequest, Microscope
    from schnetpack_isd.analysis.table import check_outputs, default_output

    microscope = Microscope(options.voltage, options.convergence, options.collection)
    request = EELSRequest(request_of_structure(options), _beam(options), microscope)
    output = options.output
    if output is None and options.plot is None:
        output = default_output(options.structure, "eels")
    check_outputs(request.prediction, options.model, output, options.plot, options.force)

    from schnetpack_isd.analysis.eels_file import eels_file
    from schnetpack_isd.models import load_spectrum_model  # imports PyTorch, which takes seconds

    model = load_spectrum_model(options.model, options.device, options.trust)
    eels_file(request, model, output, figure=options.plot, overwrite=options.force, device=options.device)
    for path in filter(None, (output, options.plot)):
        print(printable(path))


def _beam(options: argparse.Namespace) -> MolecularAxis:
    from schnetpack_isd.analysis.molecular_axis import AxisAlong
    from schnetpack_isd.directions import LatticeDirection

    if options.zone_axis is None:
        return chosen_axis(options)
    if is_axis_given(options):
        raise ValueError("Give the direction of the beam in one way: --zone-axis, --axis, --bond or --plane.")
    return AxisAlong(LatticeDirection(*options.zone_axis))
