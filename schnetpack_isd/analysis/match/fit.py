"""Fit of the spectra of a candidate to measured ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize, nnls

from schnetpack_isd.spectra import edge_steps, smear

from .candidate import Candidate
from .error_model import ErrorModel, symmetric_roots
from .measurement import Measurement

__all__ = ["Bounds", "CandidateFit", "fit_candidate", "smeared_terms"]

WIDTH_STEP, SHIFT_STEP = 0.05, 0.1
"""Steps of the tabulated widths and of the first search for the shift, in eV."""

COARSE = 4
"""The first search takes every fourth tabulated width."""

AT_LIMIT = 0.005
"""Distance from a limit below which a parameter is at it, in eV; the search is no finer."""

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

    def reached(self, shift: float, broadening: float) -> bool:
        """Return True if a shift or a broadening is at a limit; fixed values and a broadening of 0 are at none."""
        (low, high), (narrow, broad) = self.shift, self.broadening
        at_shift = low < high and min(shift - low, high - shift) < min(AT_LIMIT, (high - low) / 4)
        distance = broad - broadening if narrow == 0 else min(broadening - narrow, broad - broadening)
        return at_shift or (narrow < broad and distance < min(AT_LIMIT, (broad - narrow) / 4))

    def shifts(self) -> NDArray[np.float64]:
        """Return the shifts (n_shifts,) of the first search."""
        low, high = self.shift
        return np.linspace(low, high, 1 + int(np.ceil((high - low) / SHIFT_STEP)))


@dataclass(frozen=True)
class CandidateFit:
    """The spectra of a candidate as they fit measured ones best.

    Attributes:
        shift: energy added to the predicted axis, eV.
        broadening: standard deviation of the further Gaussian broadening, eV.
        at_limit: True if the shift or the broadening is at a limit; a broadening of 0 is at none.
        scale: factor of the predicted intensities, not negative.
        shares: (n_terms,) shares of the terms of the candidate in the scale.
        step: height of the edge steps at the thresholds, not negative.
        offsets: (n_spectra,) added intensity of each spectrum.
        fitted: (n,) intensities at the measured energies.
        std: (n,) their standard deviations from the errors of the prediction, without noise.
        whitener: (n, n) inverse of the Cholesky factor of the covariance of noise and errors.
        chi2: squared length of the whitened residual; about n for the right candidate.
        log_likelihood: logarithm of the Gaussian likelihood, without a constant.
    """

    shift: float
    broadening: float
    at_limit: bool
    scale: float
    shares: NDArray[np.float64]
    step: float
    offsets: NDArray[np.float64]
    fitted: NDArray[np.float64] = field(repr=False)
    std: NDArray[np.float64] = field(repr=False)
    whitener: NDArray[np.float64] = field(repr=False)
    chi2: float
    log_likelihood: float

    @property
    def tilt(self) -> float | None:
        """Tilt in degrees of the molecular axis, if it is the same for all molecules; None if it was not fitted."""
        return None if len(self.shares) == 1 else float(np.degrees(np.arccos(np.sqrt(self.shares[0]))))


def smeared_terms(candidates: Sequence[Candidate], bounds: Bounds) -> NDArray[np.float64]:
    """Return the terms with each tabulated broadening (n_widths, n_candidates, n_terms, n_spectra, n_energies)."""
    energies, terms = candidates[0].energies, np.stack([candidate.terms for candidate in candidates])
    rows = terms.reshape(-1, len(energies))
    return np.stack([smear(energies, rows, width).reshape(terms.shape) for width in bounds.widths()])


def fit_candidate(
    candidate: Candidate,
    smeared: NDArray,
    measurement: Measurement,
    bounds: Bounds,
    errors: ErrorModel,
) -> CandidateFit:
    """Fit the spectra of a candidate.

    Shift and broadening are found on a grid by weighted least squares, then refined by the likelihood with the
    covariance there. Scale, offsets, edge steps and the shares of the terms are linear. All spectra share them but the
    offsets.

    Args:
        candidate: the candidate.
        smeared: (n_widths, n_terms, n_spectra, n_energies) its terms with the tabulated broadenings.
        measurement: the measured spectra.
        bounds: limits of shift and broadening.
        errors: covariance of the errors of the prediction.
    """
    curve = _Curve(candidate, smeared, measurement, bounds.widths())
    shift, width = _search(curve, measurement.intensities, bounds)
    scale, shares = _scale_and_shares(nnls(curve.columns(shift, width), measurement.intensities)[0], curve.n_terms)
    covariance = _covariance(candidate, shares, measurement, shift, width, bounds, errors)
    noise = measurement.noise**2 * np.eye(len(covariance))
    factor = cholesky(scale**2 * covariance + noise, lower=True)
    whitener = solve_triangular(factor, np.eye(len(covariance)), lower=True)
    whitened = whitener @ measurement.intensities
    shift, width = _refine(curve, whitener, whitened, bounds, (shift, width))
    columns = curve.columns(shift, width)
    factors, residual = nnls(whitener @ columns, whitened)
    determinant = 2 * float(np.log(np.diag(factor)).sum())
    offsets = factors[curve.n_terms + 1 :].reshape(2, -1)
    final_scale, final_shares = _scale_and_shares(factors, curve.n_terms)
    return CandidateFit(
        shift=shift,
        broadening=width,
        at_limit=bounds.reached(shift, width),
        scale=final_scale,
        shares=final_shares,
        step=float(factors[curve.n_terms]),
        offsets=offsets[0] - offsets[1],
        fitted=columns @ factors,
        std=scale * np.sqrt(np.diag(covariance)),
        whitener=whitener,
        chi2=float(residual**2),
        log_likelihood=-0.5 * (float(residual**2) + determinant),
    )


def _scale_and_shares(factors: NDArray, n_terms: int) -> tuple[float, NDArray[np.float64]]:
    """Return the sum of the factors of the terms, and their shares in it; equal ones if all are zero."""
    scale = float(factors[:n_terms].sum())
    return scale, factors[:n_terms] / scale if scale > 0 else np.full(n_terms, 1 / n_terms)


class _Curve:
    """Terms of the fit as functions of shift and broadening."""

    def __init__(self, candidate: Candidate, smeared: NDArray, measurement: Measurement, widths: NDArray) -> None:
        self.energies, self.smeared, self.axis, self.widths = candidate.energies, smeared, measurement.energies, widths
        self.threshold, self.n_terms = candidate.threshold, len(candidate.terms)
        self._parts = measurement.split(np.arange(len(self.axis)))
        self._offsets = np.eye(measurement.n_spectra)[measurement.spectrum]
        self._steps = np.zeros_like(self.energies, dtype=np.float64)
        if candidate.thresholds is not None:
            self._steps = edge_steps(self.energies, candidate.thresholds)

    def columns(self, shift: float, width: float) -> NDArray[np.float64]:
        """Return terms, edge steps, and the offsets of each spectrum of either sign (n, n_terms + 1 + 2 n_spectra)."""
        place = float(np.interp(width, self.widths, np.arange(len(self.widths))))
        lower = min(int(place), max(len(self.widths) - 2, 0))
        upper = min(lower + 1, len(self.widths) - 1)
        spectra = (1 - place + lower) * self.smeared[lower] + (place - lower) * self.smeared[upper]
        energies = self.axis - shift
        terms = [
            np.concatenate([np.interp(energies[part], self.energies, of[n]) for n, part in enumerate(self._parts)])
            for of in spectra
        ]
        steps = np.interp(energies, self.energies, self._steps)
        return np.concatenate([np.stack([*terms, steps], axis=1), self._offsets, -self._offsets], axis=1)


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
        options={"initial_simplex": simplex, "xatol": AT_LIMIT, "fatol": 0.02, "maxfev": 60},
    )  # fmt: skip
    return tuple(found.x.tolist())


def _covariance(
    candidate: Candidate,
    shares: NDArray,
    measurement: Measurement,
    shift: float,
    width: float,
    bounds: Bounds,
    errors: ErrorModel,
) -> NDArray[np.float64]:
    """Return the covariance (n, n) of the errors of the predicted spectra at the measured points, for a scale of 1."""
    energies = measurement.energies - shift
    return errors.covariance(
        energies,
        measurement.spectrum,
        _member_roots(candidate, shares, energies, width),
        np.einsum("t,tkul,u->kl", shares, candidate.overlap, shares),
        float(smear(candidate.energies, candidate.isotropic, bounds.broadening[0]).max()),
        candidate.threshold,
    )


def _member_roots(candidate: Candidate, shares: NDArray, energies: NDArray, width: float) -> NDArray[np.float64]:
    """Return symmetric roots (n, n_spectra, n_spectra) of the covariance of the ensemble; zero without one."""
    n_spectra = candidate.terms.shape[1]
    if candidate.deviations is None:
        return np.zeros((len(energies), n_spectra, n_spectra))
    deviations = smear(candidate.energies, np.einsum("t,mtke->mke", shares, candidate.deviations), width)
    roots = symmetric_roots(np.einsum("mke,mle->ekl", deviations, deviations) / len(deviations))
    rows = roots.reshape(len(candidate.energies), -1).T
    at_points = np.stack([np.interp(energies, candidate.energies, row) for row in rows], axis=1)
    return at_points.reshape(-1, n_spectra, n_spectra)
