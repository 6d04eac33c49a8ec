"""Normalisation of measured spectra."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.measured import MeasuredSpectrum, Normalisation, normalise
from schnetpack_isd.measured.normalisation import divide

ENERGIES = np.array([280.0, 281.0, 282.0, 290.0, 300.0, 302.0])


def spectrum() -> MeasuredSpectrum:
    """A step of 4 at 285 eV, and 0.5 for each eV after it, on a line."""
    line = 3.0 + 0.1 * (ENERGIES - 280.0)
    return MeasuredSpectrum(ENERGIES, line + np.where(ENERGIES > 285, 4.0 + 0.5 * (ENERGIES - 285.0), 0.0), 20.0)


def test_the_mean_of_the_post_edge_becomes_1() -> None:
    result = normalise(spectrum(), Normalisation((280, 282), (300, 302)))
    np.testing.assert_allclose(result.intensities, np.array([0, 0, 0, 6.5, 11.5, 12.5]) / 12, atol=1e-12)
    assert result.angle == 20.0


def test_the_height_can_be_taken_at_the_edge() -> None:
    result = normalise(spectrum(), Normalisation((280, 282), (290, 302), edge_energy=285.0))
    np.testing.assert_allclose(result.intensities, np.array([0, 0, 0, 6.5, 11.5, 12.5]) / 4, atol=1e-12)


def test_larch_gives_the_same() -> None:
    pytest.importorskip("larch")
    energies = np.arange(270.0, 330.0, 0.1)
    intensities = 2.0 - 0.01 * energies + (1.0 + 0.003 * (energies - 285.0)) / (1 + np.exp(-(energies - 285.0) / 0.3))
    measured = MeasuredSpectrum(energies, intensities)
    ours, larchs = (
        normalise(measured, Normalisation((270, 282), (310, 329), 285.0, method)).intensities
        for method in ("plain", "larch")
    )
    np.testing.assert_allclose(ours, larchs, atol=1e-3)


def test_a_post_edge_below_the_pre_edge_is_refused() -> None:
    falling = MeasuredSpectrum(ENERGIES, -spectrum().intensities, source="film.asc")
    with pytest.raises(ValueError, match=r"film\.asc: the post-edge from 300 to 302 eV is not above the pre-edge"):
        normalise(falling, Normalisation((280, 282), (300, 302)))


@pytest.mark.parametrize("value", [0.0, -1e-12])
def test_flux_that_is_not_positive_is_refused(value: float) -> None:
    flux = np.array([1.0, 1.0, value])
    with pytest.raises(ValueError, match=rf"film\.asc: column 5 \(I0\) is {value:g} at 282 eV and must be positive"):
        divide(ENERGIES[:3], np.ones(3), flux, "film.asc", "column 5 (I0)")
