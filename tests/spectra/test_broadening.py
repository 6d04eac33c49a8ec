"""Broadening of stick spectra, and further broadening."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.spectra import (
    smear,
    widths_above_edge,
)
from schnetpack_isd.spectra.broadening import broaden

ENERGIES = np.linspace(288.0, 310.0, 256)


AXIS = np.linspace(285.0, 305.0, 401)


RNG = np.random.default_rng(0)


LINES = np.sort(RNG.uniform(280.0, 330.0, 300))


DIPOLES = RNG.standard_normal((300, 3))


def test_a_line_becomes_a_gaussian_of_twice_its_strength() -> None:
    energies = np.linspace(280.0, 310.0, 3001)
    [spectrum] = broaden([295.0], [[0.7]], energies, sigma=0.5)
    assert np.trapezoid(spectrum, energies) == pytest.approx(2 * 0.7, rel=1e-10)
    assert energies[spectrum.argmax()] == pytest.approx(295.0)
    assert np.interp(295.5, energies, spectrum) == pytest.approx(spectrum.max() * np.exp(-0.5), rel=1e-6)


def test_many_lines_add_up() -> None:
    lines, strengths = RNG.uniform(280.0, 330.0, 10_000), RNG.uniform(size=(10_000, 3))
    gaussians = np.exp(-0.5 * ((ENERGIES - lines[:, None]) / 0.3) ** 2) / (0.3 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(broaden(lines, strengths, ENERGIES, 0.3), 2 * strengths.T @ gaussians, rtol=1e-10)


def test_lines_far_from_the_axis_are_nothing() -> None:
    np.testing.assert_array_equal(broaden([100.0, 900.0], np.ones((2, 3)), ENERGIES, 0.5), np.zeros((3, 256)))


def peak(centre: float, sigma: float, area: float = 1.0) -> np.ndarray:
    return area * np.exp(-0.5 * ((AXIS - centre) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def test_smearing_adds_variances_and_keeps_area() -> None:
    narrow, wide = peak(295.0, 0.5), peak(295.0, 0.8)
    found = smear(AXIS, np.stack([narrow, 2 * narrow]), np.sqrt(0.8**2 - 0.5**2))
    np.testing.assert_allclose(found, [wide, 2 * wide], atol=1e-6)
    np.testing.assert_allclose(smear(AXIS, narrow, 0.0), narrow, atol=1e-12)
    np.testing.assert_allclose(smear(AXIS, np.ones_like(AXIS), 1.0), 1.0, rtol=1e-9)
    widths = widths_above_edge(AXIS, edge=290.0, sigma=0.2, slope=0.1, largest=0.9)
    assert widths[AXIS < 290].tolist() == [0.2] * (AXIS < 290).sum()
    assert widths[-1] == 0.9
    np.testing.assert_allclose(widths[np.searchsorted(AXIS, 292)], 0.4, atol=0.01)
    two = smear(AXIS, peak(289.0, 0.1) + peak(300.0, 0.1), widths)
    assert two.max() == pytest.approx(1 / (np.sqrt(2 * np.pi) * np.hypot(0.1, 0.2)), rel=0.02)
    assert two[AXIS > 296].max() == pytest.approx(1 / (np.sqrt(2 * np.pi) * np.hypot(0.1, 0.9)), rel=0.03)
    with pytest.raises(ValueError, match="equal steps"):
        smear(AXIS**2, narrow, 0.1)
    with pytest.raises(ValueError, match="not negative"):
        smear(AXIS, narrow, -0.1)
    with pytest.raises(ValueError, match="are not on an energy axis"):
        smear(AXIS, narrow[:-1], 0.1)
