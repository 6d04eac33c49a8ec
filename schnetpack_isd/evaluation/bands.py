"""Bands of energy, in which errors are summed separately."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["band_slices", "check_bands", "default_bands"]

N_BANDS = 5
"""Number of bands unless others are chosen."""

TOLERANCE = 0.01
"""Distance, in steps of the axis, below which an edge is on an energy: models keep energies in single precision."""


def default_bands(energies: NDArray) -> tuple[float, ...]:
    """Return the edges in eV of five equal parts of an axis; of fewer parts if it has fewer energies.

    Args:
        energies: (n_energies,) energy axis in eV.
    """
    n_bands = min(N_BANDS, len(energies))
    return tuple(np.linspace(float(energies[0]), float(energies[-1]), n_bands + 1).tolist())


def check_bands(edges: Sequence[float], energies: NDArray | None = None) -> None:
    """Check the edges of bands, and that they fit an axis.

    Args:
        edges: edges in eV.
        energies: (n_energies,) energy axis in eV; not compared if None.

    Raises:
        ValueError: there are fewer than two edges, they do not ascend or are not finite, one is outside the axis, or a
            band has no energy of the axis.
    """
    if len(edges) < 2:
        raise ValueError(f"Bands of energy need at least two edges in eV, not {len(edges)}.")
    if not (np.isfinite(edges).all() and np.all(np.diff(edges) > 0)):
        raise ValueError(f"The edges of bands must be ascending numbers in eV, not {_listed(edges)}.")
    if energies is None:
        return
    tolerance = _tolerance(energies)
    outside = [edge for edge in edges if not energies[0] - tolerance <= edge <= energies[-1] + tolerance]
    if outside:
        raise ValueError(
            f"The edges of bands must be on the energy axis, from {energies[0]:g} to {energies[-1]:g} eV; outside are "
            f"{_listed(outside)}."
        )
    for band, (low, high) in zip(band_slices(edges, energies), pairwise(edges), strict=True):
        if band.start == band.stop:
            raise ValueError(f"No energy of the axis is in the band from {low:g} to {high:g} eV; choose a wider band.")


def band_slices(edges: Sequence[float], energies: NDArray) -> list[slice]:
    """Return the part of an axis in each band.

    A band contains the energies from its lower edge to below its upper edge; the last band contains its upper edge too.

    Args:
        edges: edges in eV, ascending.
        energies: (n_energies,) energy axis in eV.
    """
    shifted = np.asarray(edges, dtype=np.float64) - _tolerance(energies)
    shifted[-1] += 2 * _tolerance(energies)
    starts = np.searchsorted(energies, shifted).tolist()
    return [slice(start, stop) for start, stop in pairwise(starts)]


def _tolerance(energies: NDArray) -> float:
    return TOLERANCE * float(np.diff(energies).min()) if len(energies) > 1 else TOLERANCE


def _listed(edges: Sequence[float]) -> str:
    return ", ".join(f"{edge:g}" for edge in edges)
