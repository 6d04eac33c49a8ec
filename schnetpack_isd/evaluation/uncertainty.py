"""Standard deviations of predictions, beside their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from .molecules import MolecularErrors

__all__ = ["PredictedUncertainty", "rank_correlation", "retained_errors", "site_errors"]


@dataclass(frozen=True)
class PredictedUncertainty:
    """Standard deviations of an ensemble's predictions for the sites of some molecules.

    Attributes:
        spectrum_std: (n_sites, n_directions, n_energies) standard deviations of the spectra.
        ionization_energy_std: (n_sites,) those of the ionisation thresholds in eV; None if the models predict none.
        extrapolation_score: (n_sites,) scores of extrapolation; None if the ensemble has none.
        factors: half widths of intervals by their level, in units of the standard deviation.
        molecules: errors and standard deviations of the spectra of whole molecules, by the kind of the spectra.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("spectrum_std", "ionization_energy_std", "extrapolation_score")

    spectrum_std: NDArray
    factors: Mapping[float, float]
    ionization_energy_std: NDArray | None = None
    extrapolation_score: NDArray | None = None
    molecules: Mapping[str, MolecularErrors] = field(default_factory=dict)

    def coverage(self, errors: NDArray) -> dict[float, float]:
        """Return the share of errors inside the intervals, by their nominal level.

        Args:
            errors: (n_sites, n_directions, n_energies) differences between predicted and calculated intensities.
        """
        return {
            level: float(np.mean(np.abs(errors) <= factor * self.spectrum_std))
            for level, factor in self.factors.items()
        }

    def site_stds(self) -> NDArray:
        """Return the root mean square over directions and energies (n_sites,) of the standard deviations."""
        return np.asarray(np.sqrt(np.mean(self.spectrum_std.astype(np.float64) ** 2, axis=(1, 2))))


def site_errors(errors: NDArray) -> NDArray:
    """Return the root mean square error (n_sites,) of each site.

    Args:
        errors: (n_sites, n_directions, n_energies) differences between predicted and calculated intensities.
    """
    return np.asarray(np.sqrt(np.mean(errors.astype(np.float64) ** 2, axis=(1, 2))))


def rank_correlation(stds: NDArray, errors: NDArray) -> float:
    """Return Spearman's rank correlation between predicted standard deviations and errors of sites."""
    return float(spearmanr(stds, errors).statistic)


def retained_errors(stds: NDArray, errors: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Return the error of the sites that are kept when the most uncertain ones are left out.

    Args:
        stds: (n_sites,) predicted standard deviations.
        errors: (n_sites,) root mean square errors.

    Returns:
        (n_sites,) shares of the sites that are kept, (n_sites,) root mean square errors of the sites with the smallest
        standard deviations, and (n_sites,) those of the sites with the smallest errors, which no order can beat.
    """
    number = np.arange(1, len(stds) + 1)
    by_std, by_error = (np.sqrt(np.cumsum(errors[np.argsort(order)] ** 2) / number) for order in (stds, errors))
    return number / len(stds), by_std, by_error
