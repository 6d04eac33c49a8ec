"""Gaussian broadening of stick spectra: the width of the lines, and the sum over them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Broadening", "broaden"]

SPIN_FACTOR = 2.0
"""Number of electrons in an orbital."""

_CHUNK = 1 << 20
"""Largest number of values of Gaussians in memory (8 MiB)."""

_REACH = 9.0
"""Distance from the axis in sigma beyond which lines are left out; a Gaussian has fallen to 3e-18 of its height."""

_DECIMALS = 9
"""Digits behind the point of energies and widths in eV."""

_ORIGIN = "threshold"
"""Word for the ionisation threshold in the text of a broadening."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


@dataclass(frozen=True)
class Broadening:
    r"""Standard deviation of Gaussian lines, constant or piecewise linear in their energy.

    A line at :math:`E_f` becomes a normalised Gaussian of the width :math:`\sigma(E_f)`, so that its area does not
    depend on the width. Between the given energies, :math:`\sigma` is linear; beyond them, it is constant. Energies are
    absolute, or relative to the ionisation threshold of each site.

    Points that do not change the function are left out, and numbers are rounded to 1e-9 eV. Two broadenings are equal
    if they describe the same function.

    The text of a broadening is a width in eV ("0.5"), or the points of a line in the form energy:width
    ("294:0.3 308:2.0", "threshold-4.5:0.3 threshold+9.5:2.0").

    Attributes:
        widths: (n_points,) standard deviations in eV.
        energies: (n_points,) their ascending energies in eV; empty for a constant width.
        relative_to_threshold: the energies are relative to the ionisation threshold of each site.

    Raises:
        ValueError: a width is not a positive number, the energies are not finite or do not ascend, or there is not one
            energy for each width.
    """

    widths: tuple[float, ...]
    energies: tuple[float, ...] = ()
    relative_to_threshold: bool = False

    def __post_init__(self) -> None:
        widths, energies = (
            np.round(np.asarray(values, dtype=float).reshape(-1), _DECIMALS) for values in (self.widths, self.energies)
        )
        if not (len(widths) and np.all((widths > 0) & (widths < np.inf))):
            raise ValueError(f"The width of a broadening must be a positive number in eV, not {_shown(self.widths)}.")
        if len(energies) != len(widths) and not (len(energies) == 0 and len(widths) == 1):
            raise ValueError(f"A broadening needs an energy for each width, not {len(energies)} for {len(widths)}.")
        if not (np.isfinite(energies).all() and np.all(np.diff(energies) > 0)):
            raise ValueError(f"The energies of a broadening must be finite and ascend, not {_shown(self.energies)}.")
        widths, energies = _needed_points(widths, energies)
        object.__setattr__(self, "widths", tuple(widths.tolist()))
        object.__setattr__(self, "energies", tuple(energies.tolist()))
        object.__setattr__(self, "relative_to_threshold", bool(self.relative_to_threshold and len(energies)))

    @classmethod
    def constant(cls, width: float) -> Broadening:
        """Return a broadening of one width, a standard deviation in eV."""
        return cls((width,))

    @classmethod
    def ramp(
        cls, width: float, start: float, slope: float, largest: float, relative_to_threshold: bool = False
    ) -> Broadening:
        r"""Return a width that grows linearly above an energy, up to a maximum.

        .. math:: \sigma(E) = \min(\sigma_0 + s \max(E - E_0, 0),\ \sigma_\mathrm{max})

        This describes the shorter lifetime of higher final states.

        Args:
            width: standard deviation :math:`\sigma_0` in eV at low energies.
            start: energy :math:`E_0` in eV above which the width grows.
            slope: growth s, eV per eV.
            largest: largest standard deviation in eV.
            relative_to_threshold: `start` is relative to the ionisation threshold of each site.

        Raises:
            ValueError: a width or the slope is not positive, or the largest width is below the first.

        References:
            Stöhr, NEXAFS Spectroscopy, Springer 1992, chapter 7.
        """
        if not (0 < slope < np.inf and width <= largest):
            raise ValueError(
                f"The slope of a broadening must be positive, and its largest width at least the first; they are "
                f"{slope}, {largest} eV and {width} eV."
            )
        stop = start + (largest - width) / slope
        if stop == start:
            return cls.constant(width)
        return cls((width, largest), (start, stop), relative_to_threshold)

    @classmethod
    def parse(cls, text: str) -> Broadening:
        """Read the text of a broadening, as `str` writes it.

        Raises:
            ValueError: it is not such a text.
        """
        if re.fullmatch(_NUMBER, text.strip()):
            return cls.constant(float(text))
        points = [re.fullmatch(rf"({_ORIGIN}(?=[+-]))?({_NUMBER}):({_NUMBER})", part) for part in text.split()]
        origins = {point[1] for point in points if point is not None}
        if not points or None in points or len(origins) > 1:
            raise ValueError(
                f"The broadening {text!r} is neither a width in eV (0.5) nor points energy:width, all absolute "
                f"(294:0.3 308:2.0) or all relative to the ionisation threshold ({_ORIGIN}-4.5:0.3 {_ORIGIN}+9.5:2.0)."
            )
        energies, widths = zip(*((float(point[2]), float(point[3])) for point in points if point), strict=True)
        return cls(widths, energies, origins == {_ORIGIN})

    @classmethod
    def of(cls, value: Broadening | float | str) -> Broadening:
        """Return a broadening from itself, from a width in eV, or from its text.

        Raises:
            ValueError: the width or text is not as described.
        """
        if isinstance(value, cls):
            return value
        return cls.parse(value) if isinstance(value, str) else cls.constant(float(value))  # type: ignore[arg-type]

    def __str__(self) -> str:
        if not self.energies:
            return str(self.widths[0])
        form = f"{_ORIGIN}{{:+}}:{{}}" if self.relative_to_threshold else "{}:{}"
        return " ".join(form.format(*point) for point in zip(self.energies, self.widths, strict=True))

    def at(self, energies: ArrayLike, threshold: float | None = None) -> NDArray[np.float64]:
        """Return the widths of lines.

        Args:
            energies: (...) energies in eV.
            threshold: ionisation threshold of the site in eV.

        Returns:
            (...) standard deviations in eV.

        Raises:
            ValueError: the widths are relative to the threshold, which is not given.
        """
        positions = np.asarray(energies, dtype=np.float64)
        if not self.energies:
            return np.full_like(positions, self.widths[0])
        if self.relative_to_threshold:
            if threshold is None:
                raise ValueError(f"The broadening {self} needs the ionisation threshold of the site.")
            positions = positions - threshold
        return np.interp(positions, self.energies, self.widths)


def _needed_points(widths: NDArray, energies: NDArray) -> tuple[NDArray, NDArray]:
    """Leave out points that do not change the function, and the energy of a constant."""
    if len(widths) > 1:
        slopes = np.concatenate([[0.0], np.diff(widths) / np.diff(energies), [0.0]])
        bends = ~np.isclose(slopes[1:], slopes[:-1], rtol=1e-7, atol=1e-12)
        widths, energies = (widths[bends], energies[bends]) if bends.any() else (widths[:1], energies[:0])
    return (widths, energies) if len(widths) > 1 else (widths, energies[:0])


def _shown(values: Sequence[float]) -> str:
    return ", ".join(map(str, np.asarray(values).reshape(-1).tolist())) or "none"


def broaden(
    line_energies: ArrayLike, strengths: ArrayLike, energies: ArrayLike, widths: ArrayLike
) -> NDArray[np.float64]:
    r"""Broaden a stick spectrum with normalised Gaussians, and double it for spin.

    .. math:: S(E) = 2 \sum_f I_f\, g(E - E_f; \sigma_f),
        \qquad g(x; \sigma) = \exp(-x^2 / 2\sigma^2) / (\sigma\sqrt{2\pi})

    Args:
        line_energies: (n_lines,) energies of the lines in eV.
        strengths: (n_lines, n_columns) strengths of the lines in several columns.
        energies: (n_energies,) energy axis in eV.
        widths: () or (n_lines,) standard deviations of the Gaussians in eV, see :meth:`Broadening.at`.

    Returns:
        (n_columns, n_energies) intensities, in the unit of the strengths per eV.
    """
    positions, heights = np.asarray(line_energies, dtype=np.float64), np.asarray(strengths, dtype=np.float64)
    axis = np.asarray(energies, dtype=np.float64)
    sigma = np.broadcast_to(np.asarray(widths, dtype=np.float64), positions.shape)
    reached = (positions > axis.min() - _REACH * sigma) & (positions < axis.max() + _REACH * sigma)
    positions, sigma = positions[reached, None], sigma[reached, None]
    heights = heights[reached] * (SPIN_FACTOR / (sigma * np.sqrt(2 * np.pi)))

    spectrum = np.zeros((heights.shape[1], len(axis)))
    step = max(1, _CHUNK // len(axis))
    for start in range(0, len(positions), step):
        lines = slice(start, start + step)
        gaussians = np.exp(-0.5 * ((axis - positions[lines]) / sigma[lines]) ** 2)
        spectrum += heights[lines].T @ gaussians
    return spectrum
