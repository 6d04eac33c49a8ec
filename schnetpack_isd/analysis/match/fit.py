"""Fit of the spectrum of a candidate to a measured one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize, nnls

from schnetpack_isd.spectra import edge_steps, smear

from .candidates import Candidates
from .error_model import ErrorModel
from .measurement import Measurement

__all__ = ["Bounds", "CandidateFit", "fit_candidate", "smeared_spectra"]

WIDTH_STEP, SHIFT_STEP = 0.05, 0.1
"""Steps of the tabulated widths and of the first search for the shift, in eV."""

COARSE = 4
"""The first search takes every fourth tabulated width."""

DECAY = 5.0
"""Weights of the first search fall to 1/e within this energy above the lowest threshold, in eV."""


@dataclass(frozen=True)
class Bounds:
    """Limits of the parameters that are not linear; two equal limits fix one for all candidates.

    Attributes:
        shift: lowest and highest energy that is added to the predicted axis, eV.
        broadening: smallest and largest standard deviation of a further Gaussian broadening, eV.
    """

    shift: tuple[float, float] = (-0.6, 0.6)
    broadening: tuple[float, float] = (0.0, 0.6)

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            ValueError: they are not finite, do not ascend, or a broadening is negative.
        """
        for name in ("shift", "broadening"):
            low, high = getattr(self, name)
            if not -np.inf < low <= high < np.inf:
                raise ValueError(f"The {name} must be between two ascending numbers in eV, not {low:g} and {high:g}.")
        if self.broadening[0] < 0:
            raise ValueError(f"The broadening must not be negative, but its lower limit is {self.broadening[0]:g} eV.")

    def widths(self) -> NDArray[np.float64]:
        """Return the tabulated broadenings (n_widths,)."""
        low, high = self.broadening
        return np.linspace(low, high, 1 + int(np.ceil((high - low) / WIDTH_STEP)))

    def shifts(self) -> NDArray[np.float64]:
        """Return the shifts (n_shifts,) of the first search."""
        low, high = self.shift
        return np.linspace(low, high, 1 + int(np.ceil((high - low) / SHIFT_STEP)))


@dataclass(frozen=True)
class CandidateFit:
    """The spectrum of a candidate as it fits a measured one best.

    Attributes:
        shift: energy added to the predicted axis, eV.
        broadening: standard deviation of the further Gaussian broadening, eV.
        scale: factor of the predicted intensities, not negative.
        step: height of the edge steps at the thresholds, not negative.
        offset: added intensity.
        fitted: (n,) intensities at the measured energies.
        std: (n,) their standard deviations from the errors of the prediction, without noise.
        whitener: (n, n) inverse of the Cholesky factor of the covariance of noise and errors.
        chi2: squared length of the whitened residual; about n for the right candidate.
        log_likelihood: logarithm of the Gaussian likelihood, without a constant.
    """

    shift: float
    broadening: float
    scale: float
    step: float
    offset: float
    fitted: NDArray[np.float64] = field(repr=False)
    std: NDArray[np.float64] = field(repr=False)
    whitener: NDArray[np.float64] = field(repr=False)
    chi2: float
    log_likelihood: float


def smeared_spectra(candidates: Candidates, bounds: Bounds) -> NDArray[np.float64]:
    """Return the spectra with each tabulated broadening (n_widths, n_candidates, n_energies)."""
    return np.stack([smear(candidates.energies, candidates.spectra, width) for width in bounds.widths()])


def fit_candidate(
    candidates: Candidates,
    number: int,
    smeared: NDArray,
    measurement: Measurement,
    bounds: Bounds,
    errors: ErrorModel,
) -> CandidateFit:
    """Fit the spectrum of a candidate.

    Shift and broadening are found on a grid by weighted least squares, then refined by the likelihood with the
    covariance there. Scale, offset and edge steps are linear.

    Args:
        candidates: all candidates.
        number: number of this one.
        smeared: (n_widths, n_energies) its spectra with the tabulated broadenings.
        measurement: the measured spectrum.
        bounds: limits of shift and broadening.
        errors: covariance of the errors of the prediction.
    """
    curve = _Curve(candidates, number, smeared, measurement.energies, bounds.widths())
    shift, width = _search(curve, measurement.intensities, bounds)
    scale = nnls(curve.columns(shift, width), measurement.intensities)[0][0]
    std = _std(candidates, number, measurement.energies - shift, width)
    covariance = errors.covariance(measurement.energies - shift, std, float(curve.highest), curve.threshold)
    noise = measurement.noise**2 * np.eye(len(std))
    factor = cholesky(scale**2 * covariance + noise, lower=True)
    whitener = solve_triangular(factor, np.eye(len(std)), lower=True)
    whitened = whitener @ measurement.intensities
    shift, width = _refine(curve, whitener, whitened, bounds, (shift, width))
    columns = curve.columns(shift, width)
    factors, residual = nnls(whitener @ columns, whitened)
    determinant = 2 * float(np.log(np.diag(factor)).sum())
    return CandidateFit(
        shift=shift,
        broadening=width,
        scale=float(factors[0]),
        step=float(factors[1]),
        offset=float(factors[2] - factors[3]),
        fitted=columns @ factors,
        std=scale * np.sqrt(np.diag(covariance)),
        whitener=whitener,
        chi2=float(residual**2),
        log_likelihood=-0.5 * (float(residual**2) + determinant),
    )


class _Curve:
    """Terms of the fit as functions of shift and broadening."""

    def __init__(self, candidates: Candidates, number: int, smeared: NDArray, axis: NDArray, widths: NDArray) -> None:
        self.energies, self.smeared, self.axis, self.widths = candidates.energies, smeared, axis, widths
        self.highest = smeared[0].max()
        thresholds = None if candidates.thresholds is None else candidates.thresholds[number]
        self.threshold = np.inf if thresholds is None else float(np.min(thresholds))
        self._steps = np.zeros_like(self.energies, dtype=np.float64)
        if thresholds is not None:
            self._steps = edge_steps(self.energies, thresholds)

    def columns(self, shift: float, width: float) -> NDArray[np.float64]:
        """Return spectrum, edge steps, and the constants of either sign (n, 4)."""
        place = float(np.interp(width, self.widths, np.arange(len(self.widths))))
        lower = min(int(place), max(len(self.widths) - 2, 0))
        upper = min(lower + 1, len(self.widths) - 1)
        spectrum = (1 - place + lower) * self.smeared[lower] + (place - lower) * self.smeared[upper]
        constant = np.ones_like(self.axis)
        terms = [np.interp(self.axis - shift, self.energies, term) for term in (spectrum, self._steps)]
        return np.stack([*terms, constant, -constant], axis=1)


def _search(curve: _Curve, measured: NDArray, bounds: Bounds) -> tuple[float, float]:
    """Return shift and broadening of the smallest weighted residual on a grid."""
    above = np.clip(curve.axis - curve.threshold, 0.0, None) if np.isfinite(curve.threshold) else 0.0 * curve.axis
    weights = np.exp(-above / (2 * DECAY))
    pairs = [(float(s), float(w)) for w in bounds.widths()[::COARSE] for s in bounds.shifts()]
    residuals = [nnls(weights[:, None] * curve.columns(*pair), weights * measured)[1] for pair in pairs]
    return pairs[int(np.argmin(residuals))]


def _refine(
    curve: _Curve, whitener: NDArray, whitened: NDArray, bounds: Bounds, start: tuple[float, float]
) -> tuple[float, float]:
    """Return shift and broadening of the largest likelihood near a start."""
    limits = (bounds.shift, bounds.broadening)
    steps = [step if low < high else 0.0 for step, (low, high) in zip((0.05, 0.1), limits, strict=True)]
    if not any(steps):
        return start

    def chi2(pair: NDArray) -> float:
        return nnls(whitener @ curve.columns(*pair.tolist()), whitened)[1] ** 2

    simplex = np.array([start, start, start], dtype=np.float64)
    for row, (value, step, (_, high)) in enumerate(zip(start, steps, limits, strict=True), 1):
        simplex[row, row - 1] = value + step if value + step <= high else value - step
    found = minimize(
        chi2, start, method="Nelder-Mead", bounds=limits,
        options={"initial_simplex": simplex, "xatol": 0.005, "fatol": 0.02, "maxfev": 60},
    )  # fmt: skip
    return tuple(found.x.tolist())


def _std(candidates: Candidates, number: int, energies: NDArray, width: float) -> NDArray[np.float64]:
    """Return the standard deviation (n,) of the broadened spectrum of an ensemble; zero without one."""
    if candidates.deviations is None:
        return np.zeros_like(energies)
    deviations = smear(candidates.energies, candidates.deviations[number], width)
    return np.interp(energies, candidates.energies, np.sqrt(np.mean(deviations**2, axis=0)))
