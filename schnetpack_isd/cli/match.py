"""`spkisd match`: candidate structures ranked by measured spectra."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .axis_options import add_axis_options, chosen_axis, is_axis_given
from .film_options import add_azimuth, add_film_options, chosen_normal
from .measured_options import add_measured_choice, measured_files, measured_series
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

if TYPE_CHECKING:
    from schnetpack_isd.analysis.match.film import CandidateFilm
    from schnetpack_isd.analysis.match.request import FilmMatchRequest, MatchRequest

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "match",
        help="rank candidate structures by measured spectra",
        description="Predict the spectra of candidate structures (isomers, tautomers, conformers, adsorption "
        "geometries, ...), fit each to an isotropic measured spectrum or to those of a film at several angles, and "
        "print how probable each candidate is.",
    )
    parser.add_argument("candidates", nargs="+", help="files of structures; each structure is a candidate")
    add_index(parser)
    add_measured_choice(parser)
    add_axis_options(parser, "molecular axis of every candidate in a film")
    add_azimuth(add_film_options(parser, "fitted for each candidate"))
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
    from schnetpack_isd.analysis.match.table import ENDINGS, format_match
    from schnetpack_isd.analysis.outputs import check_files

    request = _isotropic_request(options) if options.measured is not None else _film_request(options)
    check_files(request.files, options.model, options.output, options.plot, options.force, ENDINGS)

    from schnetpack_isd.analysis.match.match_file import match_file  # imports PyTorch, which takes seconds

    model = load_model(options)
    match = match_file(
        request, model, options.output, figure=options.plot, overwrite=options.force, device=options.device
    )
    print(format_match(match))
    print_paths(options.output, options.plot)


def _isotropic_request(options: argparse.Namespace) -> MatchRequest:
    from schnetpack_isd.analysis.match.fit import Bounds
    from schnetpack_isd.analysis.match.request import MatchRequest

    for name in ("axis", "bond", "plane", "tilt", "spread", "normal", "plane_normal", "domains", "azimuth",
                 "polarisation"):  # fmt: skip
        if getattr(options, name) is not None:
            raise ValueError(
                f"--{name.replace('_', '-')} goes with spectra at angles (--measured-at or --series); those of "
                "--measured have no orientation."
            )
    return MatchRequest(
        fitted_request(options, options.candidates),
        options.measured,
        options.column,
        options.energy_column,
        Bounds(tuple(options.shift), tuple(options.broadening)),
        options.noise,
        None if options.range is None else tuple(options.range),
    )


def _film_request(options: argparse.Namespace) -> FilmMatchRequest:
    from schnetpack_isd.analysis.match.fit import Bounds
    from schnetpack_isd.analysis.match.request import FilmMatchRequest

    return FilmMatchRequest(
        fitted_request(options, options.candidates),
        measured_series(options),
        _film(options),
        Bounds(tuple(options.shift), tuple(options.broadening)),
        options.noise,
        None if options.range is None else tuple(options.range),
        measured_files(options),
    )


def _film(options: argparse.Namespace) -> CandidateFilm:
    from schnetpack_isd.analysis.film.geometry import TiltedAxis
    from schnetpack_isd.analysis.match.film import CandidateFilm, FittedTilt

    normal = chosen_normal(options)
    if normal is not None:
        return CandidateFilm(normal, options.domains, options.azimuth)
    if not is_axis_given(options):
        raise ValueError(
            "Say how the candidates lie in the film: --normal 0 0 1 if z of each structure is the surface normal "
            "(adsorption geometries), or a molecular axis (--axis, --bond or --plane), whose tilt is fitted unless "
            "--tilt gives it."
        )
    axis = chosen_axis(options)
    if options.tilt is not None:
        return CandidateFilm(TiltedAxis(axis, options.tilt, options.spread or 0.0), options.domains, options.azimuth)
    if options.spread is not None:
        raise ValueError("--spread is that of a given tilt; give --tilt, or leave it out and fit the tilt.")
    return CandidateFilm(FittedTilt(axis), options.domains, options.azimuth)
