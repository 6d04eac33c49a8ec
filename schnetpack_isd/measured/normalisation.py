"""Normalisation of measured spectra: incident flux, pre-edge and post-edge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.utils.optional import LARCH

from .series import MeasuredSpectrum

__all__ = ["Normalisation", "divide", "flux_of_photodiode", "normalise"]

Array: TypeAlias = NDArray[np.float64]

Method: TypeAlias = Literal["plain", "larch"]

LARCH_PURPOSE = "to normalise with the method `larch`"


@dataclass(frozen=True)
class Normalisation:
    """Pre-edge subtraction and post-edge normalisation.

    Attributes:
        pre_edge: range in eV of a line that is subtracted; None to subtract nothing.
        post_edge: range in eV whose height becomes 1; None to keep the unit.
        edge_energy: energy in eV at which the height is taken from a line through the post-edge; None for the mean
            height in the range.
        method: "plain", or "larch" for Larch's `pre_edge`, which needs both ranges; it finds the edge if its energy is
            not given.
    """

    pre_edge: tuple[float, float] | None = None
    post_edge: tuple[float, float] | None = None
    edge_energy: float | None = None
    method: Method = "plain"

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: a range does not ascend, the pre-edge does not lie below the post-edge, or the method is
                unknown or lacks a range.
        """
        for name in ("pre_edge", "post_edge"):
            limits = getattr(self, name)
            if limits is not None and not (len(limits) == 2 and limits[0] < limits[1]):
                raise ValueError(f"`{name}` must be two ascending energies in eV, not {limits}.")
        if self.pre_edge is not None and self.post_edge is not None and self.pre_edge[1] > self.post_edge[0]:
            raise ValueError(f"`pre_edge` {self.pre_edge} must lie below `post_edge` {self.post_edge}.")
        if self.method not in get_args(Method):
            raise ValueError(f"`method` must be one of {', '.join(get_args(Method))}, not {self.method!r}.")
        if self.method == "larch" and (self.pre_edge is None or self.post_edge is None):
            raise ValueError("The method of Larch needs `pre_edge` and `post_edge`.")
        if self.edge_energy is not None and self.post_edge is None:
            raise ValueError("`edge_energy` needs `post_edge`.")


def normalise(spectrum: MeasuredSpectrum, normalisation: Normalisation) -> MeasuredSpectrum:
    """Subtract the pre-edge of a spectrum, and divide by the height of its post-edge.

    Raises:
        ImportError: Larch is requested and not installed.
        ValueError: a range has too few points, or the post-edge is not above the pre-edge.
    """
    energies, intensities = spectrum.energies, spectrum.intensities
    for name, needed in (("pre_edge", 2), ("post_edge", 1 if normalisation.edge_energy is None else 2)):
        _check_range(spectrum, name, getattr(normalisation, name), needed)
    if normalisation.method == "larch":
        return replace(spectrum, intensities=_normalise_with_larch(spectrum, normalisation))
    if normalisation.pre_edge is not None:
        intensities = intensities - fit_line(energies, intensities, normalisation.pre_edge)(energies)
    if normalisation.post_edge is not None:
        height = _height(energies, intensities, normalisation.post_edge, normalisation.edge_energy)
        if height <= 0:
            raise ValueError(
                f"{spectrum.source}: the post-edge from {normalisation.post_edge[0]:g} to "
                f"{normalisation.post_edge[1]:g} eV is not above the pre-edge; give other ranges."
            )
        intensities = intensities / height
    return replace(spectrum, intensities=intensities)


def fit_line(energies: Array, intensities: Array, limits: tuple[float, float]) -> np.polynomial.Polynomial:
    """Fit a line to the points of a range.

    Args:
        energies: (n,) energies in eV.
        intensities: (n,) intensities.
        limits: range in eV, with at least two points.
    """
    part = _within(energies, limits)
    return np.polynomial.Polynomial.fit(energies[part], intensities[part], 1)


def _height(energies: Array, intensities: Array, limits: tuple[float, float], edge_energy: float | None) -> float:
    if edge_energy is None:
        return float(intensities[_within(energies, limits)].mean())
    return float(fit_line(energies, intensities, limits)(edge_energy))


def _within(energies: Array, limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (energies >= limits[0]) & (energies <= limits[1])


def _check_range(spectrum: MeasuredSpectrum, name: str, limits: tuple[float, float] | None, needed: int) -> None:
    n_points = 0 if limits is None else np.count_nonzero(_within(spectrum.energies, limits))
    if limits is not None and n_points < needed:
        few = "no points" if n_points == 0 else f"fewer than {needed} points"
        raise ValueError(
            f"{spectrum.source}: {few} in `{name}` from {limits[0]:g} to {limits[1]:g} eV; the "
            f"spectrum reaches from {spectrum.energies[0]:g} to {spectrum.energies[-1]:g} eV."
        )


def _normalise_with_larch(spectrum: MeasuredSpectrum, normalisation: Normalisation) -> Array:
    """Return the normalised intensities (n,) of Larch's `pre_edge`, with a line through the post-edge."""
    assert normalisation.pre_edge is not None
    assert normalisation.post_edge is not None
    xafs = LARCH.load("larch.xafs", LARCH_PURPOSE)
    group = LARCH.load("larch", LARCH_PURPOSE).Group()
    e0 = normalisation.edge_energy
    if e0 is None:
        e0 = float(xafs.find_e0(spectrum.energies, spectrum.intensities))
    pre_edge, post_edge = np.array(normalisation.pre_edge) - e0, np.array(normalisation.post_edge) - e0
    ranges = {"pre1": pre_edge[0], "pre2": pre_edge[1], "norm1": post_edge[0], "norm2": post_edge[1]}
    xafs.pre_edge(spectrum.energies, spectrum.intensities, group=group, e0=e0, nnorm=1, **ranges)
    return np.asarray(group.norm, dtype=np.float64)


def divide(energies: Array, signal: Array, reference: Array, source: str, name: str) -> Array:
    """Divide a signal by the incident flux, or whatever is proportional to it.

    Args:
        energies: (n,) energies in eV, for messages.
        signal: (n,) signal.
        reference: (n,) flux.
        source: name of the file for messages.
        name: name of the reference for messages.

    Returns:
        (n,) quotients.

    Raises:
        ValueError: the reference is not positive at some energy.
    """
    if np.any(reference <= 0):
        index = int(np.argmax(reference <= 0))
        raise ValueError(
            f"{source}: {name} is {reference[index]:g} at {energies[index]:g} eV and must be positive; choose another "
            "column, or cut the points without beam."
        )
    return signal / reference


def flux_of_photodiode(energies: Array, current: Array) -> Array:
    """Return the photon flux from the current of a photodiode, up to a factor.

    A silicon diode makes an electron-hole pair for each 3.66 eV, so its current is proportional to flux times energy.

    Args:
        energies: (n,) energies in eV.
        current: (n,) current.

    References:
        Gullikson et al., J. Electron Spectrosc. Relat. Phenom. 1996, 80, 313.
    """
    return current / energies
