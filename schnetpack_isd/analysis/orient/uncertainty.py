"""Uncertainty of a fit: the part of noise and the part of the model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.utils.progress import show_progress

from .film_fit import FilmFit
from .molecule import FilmMolecule
from .solve import Solution

__all__ = ["BLOCK_LENGTH", "N_RESAMPLED", "of_members", "resample"]

BLOCK_LENGTH = 1.0
"""Length of the blocks of the bootstrap, in eV."""

N_RESAMPLED = 100
"""Number of resampled series of spectra."""


def resample(fit: FilmFit, seed: int = 0, progress: bool = True) -> list[Solution]:
    """Fit spectra whose residuals are resampled in blocks of :data:`BLOCK_LENGTH` within each spectrum.

    Blocks keep the correlation of neighbouring residuals, which the misfit of a spectrum has. Residuals are divided by
    the size that the scatter of the members lets expect, relative to the noise: that part of the misfit is the
    model's, and must not count twice.

    Args:
        fit: the fit.
        seed: seed of the random numbers.
        progress: show a progress bar.

    Returns:
        :data:`N_RESAMPLED` solutions.

    References:
        Künsch, Ann. Stat. 1989, 17, 1217, doi:10.1214/aos/1176347265 (block bootstrap).
    """
    rng = np.random.default_rng(seed)
    n_points = len(fit.points.energies)
    residuals = fit.residuals / fit.expected * np.sqrt(n_points / max(1, n_points - len(fit.solution.linear) - 2))
    return [
        fit.refit(fit.solution.fitted + _draw(fit, residuals, rng))
        for _ in show_progress(range(N_RESAMPLED), "resampling", progress, unit="fits")
    ]


def of_members(fit: FilmFit, molecule: FilmMolecule) -> Iterator[Solution]:
    """Fit the same spectra with the tensor of each member of the ensemble."""
    for number in range(molecule.n_members):
        yield fit.with_molecule(molecule.member(number))


def _draw(fit: FilmFit, residuals: NDArray, rng: np.random.Generator) -> NDArray:
    """Return residuals from blocks that begin anywhere; the end of a spectrum is joined to its beginning."""
    drawn = []
    for energies, part in zip(fit.points.split(fit.points.energies), fit.points.split(residuals), strict=True):
        length = max(1, round(BLOCK_LENGTH / float(np.median(np.diff(energies)))))
        starts = rng.integers(len(part), size=-(-len(part) // length))
        index = (starts[:, None] + np.arange(length)).ravel()[: len(part)] % len(part)
        drawn.append(part[index])
    return np.concatenate(drawn)
