"""Broadening of stick spectra, and further broadening."""

from __future__ import annotations

import numpy as np
import pytest
from support.spectra import ENERGIES, peak

from schnetpack_isd.spectra import broaden, smear, widths_above_edge


def test_a_line_becomes_a_gaussian_of_twice_its_strength() -> None:
    energies = np.linspace(280.0, 310.0, 3001)
    [spectrum] = broaden([295.0], [[0.7]], energies, sigma=0.5)
    assert np.trapezoid(spectrum, energies) == pytest.approx(2 * 0.7, rel=1e-10)
    assert energies[spectrum.argmax()] == pytest.approx(295.0)
    assert np.interp(295.5, energies, spectrum) == pytest.approx(spectrum.max() * np.exp(-0.5), rel=1e-6)


def test_many_lines_add_up() -> None:
    rng = np.random.default_rng(0)
    lines, strengths = rng.uniform(280.0, 330.0, 10_000), rng.uniform(size=(10_000, 3))
    gaussians = np.exp(-0.5 * ((ENERGIES - lines[:, None]) / 0.3) ** 2) / (0.3 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(broaden(lines, strengths, ENERGIES, 0.3), 2 * strengths.T @ gaussians, rtol=1e-10)


def test_lines_far_from_the_axis_leave_zero() -> None:
    spectra = broaden([100.0, 900.0], np.ones((2, 3)), ENERGIES, 0.5)
    np.testing.assert_array_equal(spectra, np.zeros((3, len(ENERGIES))))


def test_smearing_adds_variances() -> None:
    found = smear(ENERGIES, peak(295.0, 0.5), np.sqrt(0.8**2 - 0.5**2))
    np.testing.assert_allclose(found, peak(295.0, 0.8), atol=1e-6)


def test_smearing_is_linear() -> None:
    narrow = peak(295.0, 0.5)
    one, two = smear(ENERGIES, np.stack([narrow, 2 * narrow]), 0.6)
    np.testing.assert_allclose(two, 2 * one, rtol=1e-12)


def test_a_width_of_zero_changes_nothing() -> None:
    np.testing.assert_allclose(smear(ENERGIES, peak(295.0, 0.5), 0.0), peak(295.0, 0.5), atol=1e-12)


def test_smearing_keeps_a_constant_up_to_the_ends() -> None:
    np.testing.assert_allclose(smear(ENERGIES, np.ones_like(ENERGIES), 1.0), 1.0, rtol=1e-9)


def test_widths_grow_above_the_edge_up_to_the_largest() -> None:
    widths = widths_above_edge([285.0, 290.0, 292.0, 305.0], edge=290.0, sigma=0.2, slope=0.1, largest=0.9)
    np.testing.assert_allclose(widths, [0.2, 0.2, 0.4, 0.9], rtol=1e-12)


@pytest.mark.parametrize(("centre", "width"), [(288.0, 0.2), (300.0, 0.9)])
def test_each_energy_has_its_own_width(centre: float, width: float) -> None:
    widths = widths_above_edge(ENERGIES, edge=290.0, sigma=0.2, slope=0.1, largest=0.9)
    found = smear(ENERGIES, peak(centre, 0.1), widths)
    assert found.max() == pytest.approx(1 / (np.sqrt(2 * np.pi) * np.hypot(0.1, width)), rel=0.03)


@pytest.mark.parametrize(
    ("energies", "spectrum", "sigma", "message"),
    [
        (ENERGIES**2, peak(295.0, 0.5), 0.1, "equal steps"),
        (ENERGIES, peak(295.0, 0.5), -0.1, "not negative"),
        (ENERGIES, peak(295.0, 0.5)[:-1], 0.1, "energy axis"),
    ],
)
def test_other_arrays_are_refused(energies: np.ndarray, spectrum: np.ndarray, sigma: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        smear(energies, spectrum, sigma)
