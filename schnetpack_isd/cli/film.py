"""`spkisd film`: spectra of a film at angles of incidence."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .axis_options import add_axis_options, chosen_axis
from .film_options import add_azimuth, add_film_options, chosen_normal
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
    from schnetpack_isd.analysis.film.geometry import FilmGeometry

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "film",
        help="spectra of an oriented film at angles of incidence",
        description="Predict the spectra of a film of molecules whose axis is tilted from the film normal, or of a "
        "crystal or an adsorbate with a known normal, at several angles of incidence of linearly polarised light.",
    )
    add_structure(parser)
    add_axis_options(parser)
    add_film_options(parser, "0")
    _add_light(parser)
    parser.add_argument(
        "--resonance",
        nargs=2,
        type=float,
        action="append",
        default=[],
        metavar=("E1", "E2"),
        help="integrate the intensity from E1 to E2 eV, on the axis of the output, at each angle; repeatable",
    )
    add_outputs(parser, "table to write: .csv, .npz; without --plot too: STRUCTURE_film.csv")
    add_model(parser)
    add_units(parser)
    parser.set_defaults(run=_run)


def _add_light(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("light")
    group.add_argument(
        "--angle",
        type=float,
        action="append",
        metavar="DEGREES",
        help="angle between beam and surface, which is that between field and film normal for p-polarised light; "
        "repeatable (default: 20, 55 and 90)",
    )
    group.add_argument(
        "--polarisation",
        type=float,
        default=1.0,
        metavar="P",
        help="fraction of the light that is polarised in the plane of incidence (default: %(default)s)",
    )
    add_azimuth(group)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.film.spectra import ANGLES, FilmRequest
    from schnetpack_isd.analysis.outputs import check_files, default_output
    from schnetpack_isd.analysis.spectrum_table import ENDINGS

    request = FilmRequest(
        predicted_request(options),
        _geometry(options),
        ANGLES if options.angle is None else options.angle,
        tuple((first, last) for first, last in options.resonance),
    )
    output = options.output
    if output is None and options.plot is None:
        output = default_output(options.structure, "film")
    check_files(request.prediction.files, options.model, output, options.plot, options.force, ENDINGS)

    from schnetpack_isd.analysis.film.film_file import film_file  # imports PyTorch, which takes seconds

    model = load_model(options)
    film_file(request, model, output, figure=options.plot, overwrite=options.force, device=options.device)
    print_paths(output, options.plot)


def _geometry(options: argparse.Namespace) -> FilmGeometry:
    from schnetpack_isd.analysis.film.geometry import FilmGeometry, TiltedAxis

    orientation = chosen_normal(options) or TiltedAxis(chosen_axis(options), options.tilt or 0.0, options.spread or 0.0)
    return FilmGeometry(orientation, options.domains, options.azimuth, options.polarisation)
