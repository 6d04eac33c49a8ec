"""Calibration of the scatter of an ensemble's members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

__all__ = ["LEVELS", "ONE_SIGMA", "Uncertainty", "interval_factors"]

ONE_SIGMA = 0.6827
"""Share of the errors within one standard deviation of a normal distribution."""

LEVELS = (0.5, ONE_SIGMA, 0.9, 0.95)
"""Nominal levels for which factors are kept."""


@dataclass(frozen=True)
class Uncertainty:
    r"""Factors between the scatter of an ensemble's members and intervals that hold a given share of the errors.

    The interval of level p about a prediction is the prediction plus or minus :math:`k_p` times the standard deviation
    s of the members. The factor :math:`k_p` is the p-quantile of the ratio of error and s on molecules that were not in
    the training part (split conformal prediction with normalised residuals). The calibrated standard deviation is
    :math:`k_{0.68}\, s`: it holds as many errors as one standard deviation of a normal distribution does.

    Attributes:
        spectrum: factors of intensities by level.
        ionization_energy: factors of ionisation thresholds by level; None if the models predict none, or the data have
            none: thresholds are then without a standard deviation. (Models that predict thresholds are only calibrated
            on data that have them, because their broadening is relative to the threshold.)
        source: data on which the factors were determined.

    References:
        Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, J. Am. Stat. Assoc. 2018, 113, 1094,
        doi:10.1080/01621459.2017.1307116, section 5.2.
    """

    spectrum: Mapping[float, float]
    ionization_energy: Mapping[float, float] | None = None
    source: str = field(default="")

    @classmethod
    def from_errors(
        cls,
        errors: NDArray,
        stds: NDArray,
        threshold_errors: NDArray | None = None,
        threshold_stds: NDArray | None = None,
        source: str = "",
    ) -> Uncertainty:
        """Determine the factors.

        Args:
            errors: errors of intensities, of any shape.
            stds: standard deviations of the members, in the same shape.
            threshold_errors: errors of ionisation thresholds in eV.
            threshold_stds: standard deviations of the members' thresholds in eV.
            source: data that the errors belong to.

        Raises:
            ValueError: there are no errors, or a standard deviation is zero for most of them.
        """
        thresholds = None
        if threshold_errors is not None and threshold_stds is not None:
            thresholds = _factors(threshold_errors, threshold_stds)
        return cls(_factors(errors, stds), thresholds, source)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, which JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Uncertainty:
        """Read the values of :meth:`to_dict`, also if JSON has turned the levels into text."""
        spectrum, thresholds = (
            None if factors is None else {float(level): float(factor) for level, factor in factors.items()}
            for factors in (values["spectrum"], values["ionization_energy"])
        )
        assert spectrum is not None
        return cls(spectrum, thresholds, values["source"])


def interval_factors(uncertainty: Uncertainty | None) -> dict[float, float]:
    """Return the half widths of intervals by their level, in units of the standard deviation of spectra.

    Args:
        uncertainty: the calibration; without one, errors are taken as normal.
    """
    if uncertainty is None:
        return {level: float(norm.ppf(0.5 + level / 2)) for level in LEVELS}
    return {level: factor / uncertainty.spectrum[ONE_SIGMA] for level, factor in uncertainty.spectrum.items()}


def _factors(errors: NDArray, stds: NDArray) -> dict[float, float]:
    if errors.size == 0:
        raise ValueError("There are no errors to calibrate with.")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(errors == 0, 0.0, np.abs(errors) / stds).ravel()
    n = len(ratios)
    factors = {}
    for level in LEVELS:  # the ceil((n + 1) p)-th smallest ratio, which holds at least a share p of new errors
        rank = min(int(np.ceil((n + 1) * level)), n) - 1
        factors[level] = float(np.partition(ratios, rank)[rank])
    if not np.isfinite(list(factors.values())).all():
        raise ValueError("The members of the ensemble agree exactly where they err; are they the same model?")
    return factors
