"""Absorption tensors of candidates in a film, and what light at each angle sees of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.spectra import weighted_spectra

from .candidate import Candidate
from .candidates import check_number

__all__ = ["FilmCandidates"]


@dataclass(frozen=True)
class FilmCandidates:
    """Calculated or predicted absorption tensors of the structures that may have been measured in a film.

    Attributes:
        names: name of each candidate.
        energies: (n_energies,) axis in eV with equal steps.
        tensors: (n_candidates, 3, 3, n_energies) absorption tensors.
        weights: (n_candidates, n_terms, n_angles, 3, 3) weights of the tensor of each candidate in the terms of its
            spectra at the angles of the series; see :meth:`~.film.CandidateFilm.weights`.
        deviations: (n_candidates, n_members, 3, 3, n_energies) deviations of the members of an ensemble, scaled so that
            the root of their mean square is the standard deviation; None if there are none.
        thresholds: (n_sites,) ionisation thresholds in eV of each candidate; None if they are not known.
    """

    names: Sequence[str]
    energies: NDArray
    tensors: NDArray
    weights: NDArray
    deviations: NDArray | None = None
    thresholds: Sequence[NDArray] | None = None

    def __post_init__(self) -> None:
        """Check the arrays.

        Raises:
            ValueError: there are fewer than two candidates, numbers of candidates or energies differ, or a number is
                not finite.
        """
        number = check_number(self.names, self.thresholds)
        tensor = (3, 3, len(self.energies))
        if np.shape(self.tensors) != (number, *tensor):
            raise ValueError(f"Tensors of shape {(number, *tensor)} were expected, not {np.shape(self.tensors)}.")
        shape = np.shape(self.weights)
        if len(shape) != 5 or shape[0] != number or shape[3:] != (3, 3):
            raise ValueError(f"Weights of shape ({number}, n_terms, n_angles, 3, 3) were expected, not {shape}.")
        if self.deviations is not None:
            shape = np.shape(self.deviations)
            if len(shape) != 5 or shape[0] != number or shape[2:] != tensor:
                raise ValueError(
                    f"Deviations of shape ({number}, n_members, 3, 3, {tensor[2]}) were expected, not {shape}."
                )
        for name, values in zip(self.names, self.tensors, strict=True):
            if not np.isfinite(values).all():
                raise ValueError(f"The tensor of {name} has a number that is not finite.")

    def each(self) -> list[Candidate]:
        """Return each candidate for the fit."""
        return [self._candidate(number) for number in range(len(self.names))]

    def _candidate(self, number: int) -> Candidate:
        weights, tensor = np.asarray(self.weights[number], dtype=np.float64), self.tensors[number]
        deviations = None
        if self.deviations is not None:
            deviations = np.stack([weighted_spectra(weights, member) for member in self.deviations[number]])
        return Candidate(
            name=self.names[number],
            energies=self.energies,
            terms=weighted_spectra(weights, tensor),
            isotropic=np.einsum("iik->k", tensor) / 3,
            overlap=3 * np.einsum("tkij,ulij->tkul", weights, weights),
            deviations=deviations,
            thresholds=None if self.thresholds is None else self.thresholds[number],
        )
