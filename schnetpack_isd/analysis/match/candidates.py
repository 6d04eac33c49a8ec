"""Spectra of candidate structures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .candidate import Candidate

__all__ = ["Candidates", "check_number"]


@dataclass(frozen=True)
class Candidates:
    """Calculated or predicted spectra of the structures that may have been measured.

    Attributes:
        names: name of each candidate.
        energies: (n_energies,) axis in eV with equal steps.
        spectra: (n_candidates, n_energies) isotropic spectra.
        deviations: (n_candidates, n_members, n_energies) deviations of the members of an ensemble, scaled so that the
            root of their mean square is the standard deviation of the spectrum; None if there are none.
        thresholds: (n_sites,) ionisation thresholds in eV of each candidate; None if they are not known.
    """

    names: Sequence[str]
    energies: NDArray
    spectra: NDArray
    deviations: NDArray | None = None
    thresholds: Sequence[NDArray] | None = None

    def __post_init__(self) -> None:
        """Check the arrays.

        Raises:
            ValueError: there are fewer than two candidates, numbers of candidates or energies differ, or a number is
                not finite.
        """
        number = check_number(self.names, self.thresholds)
        expected = (number, len(self.energies))
        if np.shape(self.spectra) != expected:
            raise ValueError(f"Spectra of shape {expected} were expected, not {np.shape(self.spectra)}.")
        if self.deviations is not None and np.shape(self.deviations)[::2] != expected:
            raise ValueError(
                f"Deviations of shape ({number}, n_members, {expected[1]}) were expected, not "
                f"{np.shape(self.deviations)}."
            )
        for name, spectrum in zip(self.names, self.spectra, strict=True):
            if not np.isfinite(spectrum).all():
                raise ValueError(f"The spectrum of {name} has a number that is not finite.")

    def each(self) -> list[Candidate]:
        """Return each candidate for the fit."""
        return [
            Candidate(
                name=name,
                energies=self.energies,
                terms=self.spectra[number][None, None],
                isotropic=self.spectra[number],
                overlap=np.ones((1, 1, 1, 1)),
                deviations=None if self.deviations is None else self.deviations[number][:, None, None],
                thresholds=None if self.thresholds is None else self.thresholds[number],
            )
            for number, name in enumerate(self.names)
        ]


def check_number(names: Sequence[str], thresholds: Sequence[NDArray] | None) -> int:
    """Return the number of candidates.

    Raises:
        ValueError: there are fewer than two, or another number of them has thresholds.
    """
    if len(names) < 2:
        raise ValueError(
            f"A comparison needs at least two candidates, not {len(names)}; give more structures, or see "
            "`spkisd assign` for one."
        )
    if thresholds is not None and len(thresholds) != len(names):
        raise ValueError(f"Thresholds of {len(names)} candidates were expected, not of {len(thresholds)}.")
    return len(names)
