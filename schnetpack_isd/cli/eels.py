"""`spkisd eels`: energy-loss spectra for a beam along a direction."""

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
    from schnetpack_isd.analysis.molecular_axis import MolecularAxis

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "eels",
        help="energy-loss spectra for a beam along a direction",
        description="Predict the energy-loss spectrum of a structure in an electron microscope: momentum transfers "
        "along the beam and perpendicular to it are weighted for the voltage and both apertures.",
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
    add_outputs(parser, "table to write: .csv, .npz; without --plot too: STRUCTURE_eels.csv")
    add_model(parser)
    add_units(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.eels.spectra import EELSRequest, Microscope
    from schnetpack_isd.analysis.outputs import check_files, default_output
    from schnetpack_isd.analysis.spectrum_table import ENDINGS

    microscope = Microscope(options.voltage, options.convergence, options.collection)
    request = EELSRequest(predicted_request(options), _beam(options), microscope)
    output = options.output
    if output is None and options.plot is None:
        output = default_output(options.structure, "eels")
    check_files(request.prediction.files, options.model, output, options.plot, options.force, ENDINGS)

    from schnetpack_isd.analysis.eels.eels_file import eels_file  # imports PyTorch, which takes seconds

    model = load_model(options)
    eels_file(request, model, output, figure=options.plot, overwrite=options.force, device=options.device)
    print_paths(output, options.plot)


def _beam(options: argparse.Namespace) -> MolecularAxis:
    from schnetpack_isd.analysis.molecular_axis import AxisAlong
    from schnetpack_isd.directions import LatticeDirection

    if options.zone_axis is None:
        return chosen_axis(options)
    if is_axis_given(options):
        raise ValueError("Give the direction of the beam in one way: --zone-axis, --axis, --bond or --plane.")
    return AxisAlong(LatticeDirection(*options.zone_axis))
