"""One candidate as the fit sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Candidate"]


@dataclass(frozen=True)
class Candidate:
    r"""Spectra of a candidate, and what is known of their errors.

    Each measured spectrum is a sum of terms with factors that are the same for all spectra and not negative. There is
    one term, unless the tilt of a molecular axis is fitted: then there are two, with the axis along the film normal and
    in the film.

    Attributes:
        name: its name.
        energies: (n_energies,) axis in eV with equal steps.
        terms: (n_terms, n_spectra, n_energies) terms of each measured spectrum.
        isotropic: (n_energies,) isotropic spectrum, whose highest intensity is the unit of the floors of the errors.
        overlap: (n_terms, n_spectra, n_terms, n_spectra) covariance of errors of the tensor whose components along any
            three orthogonal directions are independent, relative to that of the isotropic spectrum:
            :math:`3\, W : W'` for the weights :math:`W` of the tensor in two terms.
        deviations: (n_members, n_terms, n_spectra, n_energies) deviations of the members of an ensemble; None if there
            are none.
        thresholds: (n_sites,) ionisation thresholds in eV; None if they are not known.
    """

    name: str
    energies: NDArray[np.float64]
    terms: NDArray[np.float64]
    isotropic: NDArray[np.float64]
    overlap: NDArray[np.float64]
    deviations: NDArray[np.float64] | None
    thresholds: NDArray[np.float64] | None

    @property
    def threshold(self) -> float:
        """Lowest ionisation threshold in eV; infinite if it is not known."""
        return np.inf if self.thresholds is None else float(np.min(self.thresholds))
