"""A number with its standard deviations from noise and from the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

__all__ = ["LEVEL", "MODEL_FACTOR", "Estimate"]

LEVEL = 0.9
"""Nominal share of the intervals that hold the true value."""

MODEL_FACTOR = 1.2
"""Half width of the interval of the model, in units of the standard deviation of its members.

`benchmarks/orientation.py --calibrate` determines it on the validation molecules of the bundled model, so that nine
intervals of ten hold the order parameter. It is smaller than 1.64, the factor of a normal distribution: deviations are
scaled to the errors of spectra, and errors that all angles share hardly change the order parameter.
"""


@dataclass(frozen=True)
class Estimate:
    """A number and its uncertainty.

    Attributes:
        value: the number.
        noise: standard deviation from the residuals of the fit: noise, and whatever else the fit does not describe.
        model: standard deviation from the members of the ensemble; None without one.
        undetermined: standard deviation of the part that the measurement does not determine, before it.
    """

    value: float
    noise: float
    model: float | None
    undetermined: float = 0.0

    @property
    def half_width(self) -> float:
        """Half width of the interval of 90 %; the parts add in squares."""
        normal = float(norm.ppf(0.5 + LEVEL / 2)) * np.hypot(self.noise, self.undetermined)
        return float(np.hypot(normal, MODEL_FACTOR * (self.model or 0.0)))

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of the interval of 90 %."""
        return self.value - self.half_width, self.value + self.half_width

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.half_width:.3f}"
