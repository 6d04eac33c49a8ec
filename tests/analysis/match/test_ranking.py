"""Ranking of candidates by a measured spectrum, from arrays."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.analysis.match.candidates import Candidates
from schnetpack_isd.analysis.match.error_model import ErrorModel
from schnetpack_isd.analysis.match.fit import Bounds
from schnetpack_isd.analysis.match.measurement import prepare
from schnetpack_isd.analysis.match.ranking import match_spectra
from schnetpack_isd.measured import MeasuredSpectrum

ENERGIES = np.linspace(282.0, 306.0, 301)
NOISE = 0.02


def spectrum(*peaks: float, width: float = 0.3, shift: float = 0.0, axis: np.ndarray = ENERGIES) -> np.ndarray:
    """Peaks of equal areas before a broad continuum at 296 eV."""
    lines = 0.3 / width * sum(np.exp(-0.5 * ((axis - shift - peak) / width) ** 2) for peak in peaks)
    return lines + 0.6 * np.exp(-0.5 * ((axis - shift - 296.0) / 4.0) ** 2)


def candidates(*of_peaks: tuple[float, ...], std: float = 0.02) -> Candidates:
    spectra = np.stack([spectrum(*peaks) for peaks in of_peaks])
    deviations = std * np.stack([spectra, -spectra], axis=1)
    names = [f"peaks at {peaks}" for peaks in of_peaks]
    return Candidates(names, ENERGIES, spectra, deviations, [np.array([291.0])] * len(of_peaks))


def measured(*peaks: float, shift: float = 0.3, width: float = 0.5, noise: float = NOISE) -> MeasuredSpectrum:
    axis = np.arange(280.0, 305.0, 0.1)
    values = 40.0 * spectrum(*peaks, width=width, shift=shift, axis=axis) + 7.0
    return MeasuredSpectrum(axis, values + 40.0 * noise * np.random.default_rng(0).standard_normal(len(axis)))


def test_the_right_candidate_is_first_with_its_shift_broadening_and_scale() -> None:
    match = match_spectra(candidates((285.0, 288.0), (285.0, 287.0), (286.5,)), measured(285.0, 288.0))
    assert match.names[0] == "peaks at (285.0, 288.0)"
    assert match.is_decided
    assert match.verdict().startswith("Among these candidates, peaks at (285.0, 288.0) fits best")
    assert match.probabilities.sum() == pytest.approx(1.0)
    best = match.fits[0]
    assert best.shift == pytest.approx(0.3, abs=0.03)
    assert best.broadening == pytest.approx(0.4, abs=0.04)  # 0.3 and 0.4 make 0.5
    assert best.scale * match.measurement.height == pytest.approx(40.0, rel=0.05)
    assert match.inflation < 1.3


def test_fixed_limits_are_kept() -> None:
    bounds = Bounds(shift=(0.1, 0.1), broadening=(0.2, 0.2))
    match = match_spectra(candidates((285.0,), (286.0,)), measured(285.0), bounds)
    assert {(fit.shift, fit.broadening) for fit in match.fits} == {(0.1, 0.2)}


def test_a_shift_never_turns_one_candidate_into_another_beyond_its_limits() -> None:
    match = match_spectra(candidates((285.0,), (287.0,)), measured(285.0))
    assert match.names[0] == "peaks at (285.0,)"
    assert all(-0.6 <= fit.shift <= 0.6 for fit in match.fits)


def test_candidates_with_equal_spectra_share_their_probability_and_are_named() -> None:
    match = match_spectra(candidates((285.0, 288.0), (285.002, 288.0), (286.5,)), measured(285.0, 288.0))
    assert match.probabilities[:2] == pytest.approx([0.5, 0.5], abs=1e-6)
    assert match.groups[0] == match.groups[1] != match.groups[2]
    assert not match.is_decided
    assert match.within_reach == (0, 1)
    assert "cannot be decided among these candidates" in match.verdict()
    assert "they cannot be distinguished" in match.verdict()


def test_large_errors_of_the_model_leave_the_choice_open() -> None:
    pair = ((285.0, 288.0), (285.0, 288.15))
    sure, unsure = (match_spectra(candidates(*pair, std=std), measured(285.0, 288.0)) for std in (0.01, 0.5))
    assert sure.probabilities[0] > 0.95 > unsure.probabilities[0]


def test_a_spectrum_of_none_of_the_candidates_is_recognised() -> None:
    match = match_spectra(candidates((285.0,), (289.0,)), measured(284.0, 287.0, 290.0))
    assert match.inflation > 5
    assert not match.is_decided
    assert "None of these candidates fits well" in match.verdict()


def test_correlated_errors_count_less_than_independent_ones() -> None:
    energies = np.linspace(285.0, 290.0, 51)
    ones = np.ones(51)
    errors = ErrorModel(length=0.5)
    first = np.zeros(51, dtype=int)
    covariance = errors.covariance(energies, first, ones[:, None, None], np.ones((1, 1)), 1.0, np.inf)
    covariance += 1e-9 * np.eye(51)
    np.testing.assert_allclose(np.diag(covariance), 1.0 + errors.floor**2, rtol=1e-6)
    assert covariance[0, 5] == pytest.approx(np.exp(-0.5) * covariance[0, 0], rel=1e-6)  # one length apart
    n_effective = ones @ np.linalg.solve(covariance, ones)
    assert 3 < n_effective < 8  # 5 eV / (2.5 * 0.5 eV) and the ends


def test_noise_is_estimated_from_neighbours_and_fine_steps_are_averaged() -> None:
    coarse = prepare(measured(285.0), ENERGIES, (-0.6, 0.6))
    assert coarse.noise * coarse.height == pytest.approx(40 * NOISE, rel=0.25)
    axis = np.arange(283.0, 300.0, 0.02)
    fine = MeasuredSpectrum(axis, spectrum(285.0, axis=axis))
    assert len(prepare(fine, ENERGIES, (-0.6, 0.6)).energies) == pytest.approx(170, abs=2)
    assert prepare(fine, ENERGIES, (-0.6, 0.6), noise=0.05).noise == pytest.approx(0.05 / np.sqrt(5), rel=0.05)


@pytest.mark.parametrize(
    ("spectrum_of", "message"),
    [
        (MeasuredSpectrum(np.linspace(395, 420, 100), np.ones(100)), "N K-edge"),
        (MeasuredSpectrum(np.linspace(0.284, 0.3, 100), np.ones(100)), "looks like keV"),
        (MeasuredSpectrum(np.linspace(280, 300, 100), np.ones(100)), "do not vary"),
        (MeasuredSpectrum(np.linspace(300, 320, 60), np.ones(60)), "at least 20 are needed"),
    ],
)
def test_a_spectrum_elsewhere_is_refused(spectrum_of: MeasuredSpectrum, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        match_spectra(candidates((285.0,), (286.0,)), spectrum_of)


def test_one_candidate_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two candidates, not 1"):
        candidates((285.0,))


@pytest.mark.parametrize("limits", [{"shift": (0.5, -0.5)}, {"broadening": (-0.1, 0.5)}, {"shift": (0.0, np.inf)}])
def test_wrong_limits_are_refused(limits: dict[str, tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="eV"):
        Bounds(**limits)
