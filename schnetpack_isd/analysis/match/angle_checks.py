"""Checks of the angles of measured spectra."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from numpy.typing import NDArray

from .ranking import Match

__all__ = ["warn_of_angles", "warn_of_convention"]

NARROW = 20.0
"""Range of angles in degrees below which a warning says that they are close together."""

CLEARLY = 2.0
"""Factor by which other angles must lower the squared errors."""


def warn_of_angles(angles: NDArray) -> Iterator[str]:
    """Yield a warning if the angles (n_angles,) in degrees are too few, or too close together, to tell orientations."""
    lowest, highest = angles.min(), angles.max()
    if lowest == highest:
        yield (
            "There is only one angle, so an error of one predicted spectrum can pass for an orientation; measure at "
            "grazing and at normal incidence."
        )
    elif highest - lowest < NARROW:
        yield f"The angles are close together, from {lowest:g} to {highest:g} degrees."


def warn_of_convention(match: Match, angles: NDArray, rank: Callable[[NDArray], Match]) -> Iterator[str]:
    """Yield a warning if no candidate fits with the angles that are given, and one does with others.

    The others are the angles from the film normal, 90 degrees less each, and those in the reversed order.

    Args:
        match: the candidates ranked with the given angles.
        angles: (n_angles,) these angles in degrees.
        rank: function that ranks the candidates with other angles.
    """
    if match.fits_well:
        return
    others = {
        "angles counted from the film normal (90° minus yours)": rank(90.0 - angles),
        "the angles in the reversed order": rank(angles[::-1]),
    }
    name = min(others, key=lambda name: others[name].inflation)
    if others[name].fits_well and CLEARLY * others[name].inflation < match.inflation:
        yield (
            f"With {name}, {others[name].names[0]} would fit: check the convention, and which file has which angle. "
            "Angles are those between field and film normal."
        )
