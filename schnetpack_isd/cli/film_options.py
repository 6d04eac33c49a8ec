"""Options that say how structures lie in a film."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .axis_options import is_axis_given

if TYPE_CHECKING:
    from schnetpack_isd.analysis.film.geometry import FixedNormal

__all__ = ["add_azimuth", "add_film_options", "chosen_normal"]


def add_film_options(parser: argparse.ArgumentParser, tilt_default: str) -> argparse._ArgumentGroup:
    """Add `--tilt`, `--spread`, `--normal`, `--plane-normal` and `--domains`.

    Args:
        parser: the parser.
        tilt_default: the tilt without the option, for the help.

    Returns:
        The group of options.
    """
    group = parser.add_argument_group("film", "molecules are turned at random about their axis; a crystal is not")
    group.add_argument(
        "--tilt",
        type=float,
        metavar="DEGREES",
        help=f"angle between molecular axis and film normal (default: {tilt_default})",
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
    return group


def add_azimuth(group: argparse._ArgumentGroup) -> None:
    """Add `--azimuth`."""
    group.add_argument(
        "--azimuth",
        type=float,
        metavar="DEGREES",
        help="angle between the plane of incidence and the tilted axis, or x of the structure; for 1 or 2 domains",
    )


def chosen_normal(options: argparse.Namespace) -> FixedNormal | None:
    """Return the film normal that the options give; None if there is none, but an axis.

    Raises:
        ValueError: options of an axis are given too.
    """
    from schnetpack_isd.analysis.film.geometry import FixedNormal
    from schnetpack_isd.directions import CartesianDirection, PlaneNormal

    if options.normal is None and options.plane_normal is None:
        return None
    if is_axis_given(options) or options.tilt is not None or options.spread is not None:
        raise ValueError(
            "With --normal or --plane-normal, the orientation is that of the structure: leave out --axis, --bond, "
            "--plane, --tilt and --spread."
        )
    if options.normal is not None:
        return FixedNormal(CartesianDirection(*options.normal))
    return FixedNormal(PlaneNormal(*options.plane_normal))
