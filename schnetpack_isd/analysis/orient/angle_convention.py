"""Fits with angles that are counted in another way, as a check of those that are given."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .checks import NEARLY, POOR
from .film_fit import FilmFit
from .molecule import FilmMolecule

__all__ = ["warn_of_angles"]

BEYOND = 0.05
"""Order parameters may be this far out of their range, because of noise."""


def warn_of_angles(fit: FilmFit, molecule: FilmMolecule) -> Iterator[str]:
    """Yield a warning if the spectra fit clearly better to other angles than those that are given.

    The others are the angles from the film normal, 90 degrees less each, and those in the reversed order. Their misfit
    must be smaller by the factor :data:`~.checks.NEARLY`, within which two minima are not told apart, and they must
    explain the spectra: those of another molecule tell nothing about the angles.

    Args:
        fit: the fit with the given angles.
        molecule: the molecule.
    """
    cosine2 = np.array([part[0] for part in fit.points.split(fit.points.cosine2)])
    named = {
        "Angles counted from the film normal (90° minus yours)": 1 - cosine2,
        "The angles in the reversed order": cosine2[::-1],
    }
    others = {name: fit.with_cosines(molecule, values) for name, values in named.items()}
    name = min(others, key=lambda name: others[name].solution.misfit)
    if _is_better(others[name], fit):
        yield (
            f"{name} would explain {others[name].explained:.1%} of the variance instead of {fit.explained:.1%}: check "
            "the convention, and which file has which angle. Angles are those between field and film normal."
        )


def _is_better(other: FilmFit, fit: FilmFit) -> bool:
    """Return whether a fit with other angles is possible, good, and clearly better."""
    is_possible = other.scale > 0 and (other.design.axis is None or -0.5 - BEYOND <= other.order <= 1 + BEYOND)
    return is_possible and other.explained >= POOR and NEARLY * other.solution.misfit < fit.solution.misfit
