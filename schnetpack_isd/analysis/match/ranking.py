"""Probabilities of candidates from their fits to measured spectra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.special import log_softmax

from schnetpack_isd.measured import MeasuredSeries, MeasuredSpectrum
from schnetpack_isd.utils.progress import show_progress

from .candidate import Candidate
from .candidates import Candidates
from .error_model import FILM_ERRORS, ErrorModel
from .film_candidates import FilmCandidates
from .fit import Bounds, CandidateFit, fit_candidate, smeared_terms
from .measurement import Measurement, prepare, prepare_series

__all__ = ["Match", "match_series", "match_spectra", "percent", "rank_candidates"]

DECIDED = 0.9
"""Probability from which a candidate counts as found."""

REACH = 0.95
"""Candidates within reach are the most probable ones, up to this sum of probabilities."""

CONTENDER = 0.001
"""Candidates below this probability are not compared with each other."""

POOR = 2.0
"""Squared whitened residual of each point above which no candidate fits."""


@dataclass(frozen=True)
class Match:
    """Candidates in the order of their probabilities.

    Attributes:
        names: name of each candidate, most probable first.
        order: (n_candidates,) their numbers as given.
        probabilities: (n_candidates,) probabilities; their sum is 1.
        fits: their fits.
        groups: (n_candidates,) number of the group of each; those of a group cannot be distinguished.
        measurement: the measured spectra as they were compared.
        inflation: factor by which the squared errors are larger than expected, at least 1.
    """

    names: tuple[str, ...]
    order: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    fits: tuple[CandidateFit, ...]
    groups: NDArray[np.int64]
    measurement: Measurement
    inflation: float

    @property
    def fits_well(self) -> bool:
        """True if the best candidate fits about as well as noise and errors let the right one fit."""
        return self.inflation <= POOR

    @property
    def is_decided(self) -> bool:
        """True if one candidate is found: it is far more probable than the others, and fits well."""
        return self.fits_well and bool(self.probabilities[0] >= DECIDED)

    @property
    def within_reach(self) -> tuple[int, ...]:
        """Places of the most probable candidates whose probabilities add up to :data:`REACH`."""
        number = int(np.searchsorted(np.cumsum(self.probabilities), REACH - 1e-9)) + 1
        together = np.isin(self.groups, self.groups[:number])
        return tuple(np.flatnonzero(together).tolist())

    def indistinguishable(self) -> list[list[str]]:
        """Return the names in each group of several candidates."""
        members = [[name for name, of in zip(self.names, self.groups, strict=True) if of == group] for group in
                   dict.fromkeys(self.groups.tolist())]  # fmt: skip
        return [names for names in members if len(names) > 1]

    def verdict(self) -> str:
        """Say in words which candidate it is, or that it cannot be decided."""
        if self.is_decided:
            how_sure = percent(self.probabilities[0])
            sentences = [f"Among these candidates, {self.names[0]} fits best, with a probability of {how_sure}."]
        elif self.fits_well:
            listed = ", ".join(
                f"{self.names[place]} ({percent(self.probabilities[place])})" for place in self.within_reach
            )
            sentences = [f"It cannot be decided among these candidates. Within reach are {listed}."]
        else:
            listed = " or ".join(self.names[place] for place in self.within_reach)
            times = f"{self.inflation:.1f} times those expected"
            sentences = [
                f"None of these candidates fits well: squared errors are {times}.",
                "The right one may be missing, the energies may be wrong, or a background may be left.",
                f"If it is among these candidates, it is {listed}.",
            ]
        sentences += [
            f"The spectra of {' and '.join(names)} differ by less than noise and errors: they cannot be distinguished."
            for names in self.indistinguishable()
        ]
        return " ".join(sentences)


def percent(probability: float) -> str:
    """Return a probability as text, never as 0 or 100 %."""
    if 0.0005 <= probability < 0.9995:
        return f"{probability:.1%}"
    return "<0.1%" if probability < 0.5 else ">99.9%"


def match_spectra(
    candidates: Candidates,
    measured: MeasuredSpectrum,
    bounds: Bounds | None = None,
    errors: ErrorModel | None = None,
    noise: float | None = None,
    energy_range: tuple[float, float] | None = None,
    progress: bool = False,
) -> Match:
    r"""Rank candidates by a measured spectrum.

    .. math:: p_c \propto \exp\left(-\frac{\chi^2_c + \ln \det C_c}{2\, T\, B}\right)

    The prior is uniform. :math:`\chi^2_c` is that of the best fit with the covariance :math:`C_c` of noise and errors
    (:class:`ErrorModel`), T the temperature. If even the best candidate has a :math:`\chi^2` above the number n of
    points, all squared errors are taken to be larger by :math:`B = \chi^2 / n` (Birge's ratio). Candidates whose best
    fits differ by less than noise and errors share their probability equally.

    Args:
        candidates: spectra of the candidates.
        measured: the measured spectrum.
        bounds: limits of shift and broadening.
        errors: covariance of the errors of predictions.
        noise: standard deviation of the measured intensities, relative to their range; estimated if None.
        energy_range: first and last measured energy to compare, eV; all of them if not given.
        progress: show a progress bar.

    Raises:
        ValueError: the measured spectrum is not on the axis of the candidates; see :func:`prepare`.

    References:
        Birge, Phys. Rev. 1932, 40, 207, doi:10.1103/PhysRev.40.207.
    """
    bounds = bounds or Bounds()
    measurement = prepare(measured, candidates.energies, bounds.shift, noise, energy_range)
    return rank_candidates(candidates.each(), measurement, bounds, errors or ErrorModel(), progress)


def match_series(
    candidates: FilmCandidates,
    series: MeasuredSeries,
    bounds: Bounds | None = None,
    errors: ErrorModel | None = None,
    noise: float | None = None,
    energy_range: tuple[float, float] | None = None,
    progress: bool = False,
) -> Match:
    """Rank candidates by spectra at several angles of a film; see :func:`match_spectra`.

    All angles share shift, broadening, scale and the height of the edge step; each has an offset. Without `errors`,
    they are :data:`~.error_model.FILM_ERRORS`.

    Args:
        candidates: absorption tensors of the candidates, with their weights at the angles of the series.
        series: the measured spectra, normalised in the same way.
        bounds: limits of shift and broadening.
        errors: covariance of the errors of predictions.
        noise: standard deviation of the measured intensities, relative to their range; estimated if None.
        energy_range: first and last measured energy to compare, eV; all of them if not given.
        progress: show a progress bar.

    Raises:
        ValueError: the candidates have weights for another number of angles, or a spectrum is not as described; see
            :func:`~.measurement.prepare_series`.
    """
    bounds = bounds or Bounds()
    n_angles = candidates.weights.shape[2]
    if n_angles != len(series.spectra):
        raise ValueError(f"The candidates have weights for {n_angles} angles, but there are {len(series.spectra)}.")
    measurement = prepare_series(series, candidates.energies, bounds.shift, noise, energy_range)
    return rank_candidates(candidates.each(), measurement, bounds, errors or FILM_ERRORS, progress)


def rank_candidates(
    candidates: Sequence[Candidate],
    measurement: Measurement,
    bounds: Bounds,
    errors: ErrorModel,
    progress: bool = False,
) -> Match:
    """Fit candidates to prepared spectra, and rank them; see :func:`match_spectra`."""
    smeared = smeared_terms(candidates, bounds)
    shown = show_progress(candidates, "fitting", progress, unit="candidates")
    fits = [fit_candidate(of, smeared[:, n], measurement, bounds, errors) for n, of in enumerate(shown)]
    inflation = max(1.0, min(fit.chi2 for fit in fits) / len(measurement.energies))
    likelihoods = np.array([fit.log_likelihood for fit in fits]) / (errors.temperature * inflation)
    probabilities = np.exp(log_softmax(likelihoods))
    groups = _groups(fits, probabilities, errors.temperature * inflation)
    means = np.bincount(groups, probabilities) / np.maximum(np.bincount(groups), 1)
    probabilities = means[groups]
    order = np.lexsort((-likelihoods, -probabilities))
    return Match(
        names=tuple(candidates[number].name for number in order),
        order=order,
        probabilities=probabilities[order],
        fits=tuple(fits[number] for number in order),
        groups=groups[order],
        measurement=measurement,
        inflation=inflation,
    )


def _groups(fits: Sequence[CandidateFit], probabilities: NDArray, temperature: float) -> NDArray[np.int64]:
    """Return the number of the group of each candidate that cannot be distinguished from others.

    The squared distance of two fits is that of their whitened difference. If one of two candidates is right, the
    expected logarithm of the ratio of their likelihoods is half of it; below a half they count as indistinguishable.
    """
    groups = np.arange(len(fits))
    contenders = np.flatnonzero(probabilities >= CONTENDER)
    if len(contenders) < 2:
        return groups
    distances = np.zeros((len(contenders), len(contenders)))
    for i, one in enumerate(contenders.tolist()):
        for j, other in enumerate(contenders[:i].tolist()):
            difference = fits[one].fitted - fits[other].fitted
            lengths = [np.sum((fits[number].whitener @ difference) ** 2) for number in (one, other)]
            distances[i, j] = distances[j, i] = np.sqrt(np.mean(lengths) / temperature)
    labels = fcluster(linkage(squareform(distances), "complete"), 1.0, "distance")
    for label in np.unique(labels):
        groups[contenders[labels == label]] = contenders[labels == label][0]
    return groups
