"""`spkisd film`: spectra of a film at angles of incidence."""

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
    from schnetpack_isd.analysis.film.geometry import FilmGeometry, FixedNormal, TiltedAxis

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
    _add_film(parser)
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


def _add_film(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("film", "molecules are turned at random about their axis; a crystal is not")
    group.add_argument(
        "--tilt", type=float, metavar="DEGREES", help="angle between molecular axis and film normal (default: 0)"
    )
    group.add_argument(
        "--spread", type=float, metavar="DEGREES", help="standard deviation of a Gaussian of tilts (default: 0)"
    )
    normal = group.add_mutually_exclusive_group()
    normal.add_argument(
        "--normal", nargs=3, type=float, metavar=("X", "Y", "Z"), help="film normal in the frame of the structure"
    )
    normal.add_argument(
        "--plane-normal",
        nargs=3,
        type=float,
        metavar=("H", "K", "L"),
        help="film normal that is the normal of the planes (hkl)",
    )
    group.add_argument(
        "--domains",
        type=int,
        metavar="N",
        help="N domains, rotated by 360/N degrees about the film normal: 1 or 2 (default: all azimuths, which 3 or "
        "more domains equal)",
    )


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
    group.add_argument(
        "--azimuth",
        type=float,
        metavar="DEGREES",
        help="angle between the plane of incidence and the tilted axis, or x of the structure; for 1 or 2 domains",
    )


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
    from schnetpack_isd.analysis.film.geometry import FilmGeometry

    return FilmGeometry(_orientation(options), options.domains, options.azimuth, options.polarisation)


def _orientation(options: argparse.Namespace) -> TiltedAxis | FixedNormal:
    from schnetpack_isd.analysis.film.geometry import FixedNormal, TiltedAxis
    from schnetpack_isd.directions import CartesianDirection, PlaneNormal

    if options.normal is None and options.plane_normal is None:
        return TiltedAxis(chosen_axis(options), options.tilt or 0.0, options.spread or 0.0)
    if is_axis_given(options) or options.tilt is not None or options.spread is not None:
        raise ValueError(
            "With --normal or --plane-normal, the orientation is that of the structure: leave out --axis, --bond, "
            "--plane, --tilt and --spread."
        )
    if options.normal is not None:
        return FixedNormal(CartesianDirection(*options.normal))
    return FixedNormal(PlaneNormal(*options.plane_normal))
