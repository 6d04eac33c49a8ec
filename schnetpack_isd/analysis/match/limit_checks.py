"""Checks of fits that reach the limits of shift and broadening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .fit import Bounds
from .ranking import Match

__all__ = ["warn_of_limits"]


def warn_of_limits(match: Match, bounds: Bounds, rank: Callable[[Bounds], Match]) -> Iterator[str]:
    """Yield a warning if the best fit is at a limit, or if another candidate would be found with wider shifts.

    The wider limits are as far again from the middle of the given ones.

    Args:
        match: the ranked candidates.
        bounds: limits of shift and broadening.
        rank: function that ranks the candidates with other limits.

    Raises:
        ValueError: with the wider limits, too few measured energies can be compared.
    """
    if match.fits[0].at_limit:
        yield (
            f"The best fit, {match.names[0]}, is at a limit of shift or broadening: check the calibration of the "
            "energies, or give wider limits (`--shift`, `--broadening`)."
        )
    elif any(fit.at_limit for fit in match.fits):
        low, high = bounds.shift
        middle = (low + high) / 2
        wider = rank(replace(bounds, shift=(2 * low - middle, 2 * high - middle)))
        best = wider.fits[0]
        if wider.is_decided and wider.names[0] != match.names[0]:
            yield (
                f"With a shift of {best.shift:+.2f} eV, beyond the limits of {low:g} to {high:g} eV, {wider.names[0]} "
                "would be the answer. If the energies can be wrong by this much, calibrate them, or give wider limits "
                "(`--shift`)."
            )
