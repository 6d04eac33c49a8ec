"""Checks of fits that reach the limits of shift and broadening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .fit import Bounds
from .ranking import Match

__all__ = ["warn_of_limits"]


def warn_of_limits(match: Match, bounds: Bounds, rank: Callable[[Bounds], Match]) -> Iterator[str]:
    """Yield a warning if the best fit is at a limit, or if another candidate would be found with wider shifts.

    The wider limits are twice as far from the middle of the given ones. Nothing is said if they leave too few measured
    energies to compare.

    Args:
        match: the ranked candidates.
        bounds: limits of shift and broadening.
        rank: function that ranks the candidates with other limits; it raises a ValueError if it cannot.
    """
    low, high = bounds.shift
    if match.fits[0].at_limit:
        yield (
            f"The best fit, {match.names[0]}, is at a limit of shift or broadening: check the calibration of the "
            "energies, or give wider limits (`--shift`, `--broadening`)."
        )
    elif low < high and any(fit.at_limit for fit in match.fits):
        middle = (low + high) / 2
        try:
            wider = rank(replace(bounds, shift=(2 * low - middle, 2 * high - middle)))
        except ValueError:  # too few energies: the ranking stands, but cannot be checked
            return
        shift = wider.fits[0].shift
        if wider.is_decided and wider.names[0] != match.names[0] and not low <= shift <= high:
            yield (
                f"With a shift of {shift:+.2f} eV, beyond the limits of {low:g} to {high:g} eV, {wider.names[0]} "
                "would be the answer. If the energies can be wrong by this much, calibrate them, or give wider limits "
                "(`--shift`)."
            )
