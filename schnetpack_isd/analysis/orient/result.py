"""Results of fits of the orientation in a film."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.measured import MeasuredSeries
from schnetpack_isd.spectra.orientation import tilt_angle

from .estimate import Estimate
from .film_fit import FilmFit
from .moments import Moments

__all__ = ["MomentsResult", "OrderResult"]


@dataclass(frozen=True)
class OrderResult:
    """Order parameter of a molecular axis in a film.

    Attributes:
        name: name of the molecule.
        axis: (3,) molecular axis, a unit vector in the frame of the molecule.
        order: second-rank order parameter of the axis with respect to the film normal.
        shift: energy shift of the molecule in eV.
        broadening: further Gaussian broadening in eV, its standard deviation.
        fit: the fit.
        series: the measured spectra.
        warnings: what to look at before the result is used.
    """

    name: str
    axis: NDArray[np.float64]
    order: Estimate
    shift: Estimate
    broadening: Estimate
    fit: FilmFit = field(repr=False)
    series: MeasuredSeries = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def tilt(self) -> float:
        """Tilt of the axis from the film normal in degrees, if it is the same for all molecules."""
        return _tilt(self.order.value)

    @property
    def tilt_interval(self) -> tuple[float, float]:
        """Lowest and highest tilt in degrees that the interval of the order parameter allows."""
        low, high = self.order.interval
        return _tilt(high), _tilt(low)


@dataclass(frozen=True)
class MomentsResult:
    """Second moments of the film normal in the frame of a molecule.

    Attributes:
        name: name of the molecule.
        moments: the second moments.
        eigenvalues: mean squared cosine between each principal axis and the film normal, descending.
        shift: energy shift of the molecule in eV.
        broadening: further Gaussian broadening in eV, its standard deviation.
        fit: the fit.
        series: the measured spectra.
        warnings: what to look at before the result is used.
    """

    name: str
    moments: Moments
    eigenvalues: tuple[Estimate, ...]
    shift: Estimate
    broadening: Estimate
    fit: FilmFit = field(repr=False)
    series: MeasuredSeries = field(repr=False)
    warnings: tuple[str, ...] = ()


def _tilt(order: float) -> float:
    """Return the tilt of an order parameter; one that is out of range has the tilt of the limit."""
    return float(tilt_angle(np.clip(order, -0.5, 1.0)))
