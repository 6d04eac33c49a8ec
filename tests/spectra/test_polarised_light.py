"""Fields of light in films."""

from __future__ import annotations

import numpy as np
import pytest
from support.spectra import rotations_about_z

from schnetpack_isd.spectra import domain_average, light_matrix


def vector_orbital(tilt: float) -> np.ndarray:
    """Tensor of a vector at a tilt from z towards x."""
    axis = np.array([np.sin(np.radians(tilt)), 0.0, np.cos(np.radians(tilt))])
    return np.outer(axis, axis)


@pytest.mark.parametrize("fold", [1, 2, 3, None])
def test_a_vector_orbital_follows_stoehrs_equations(fold: int | None) -> None:
    """Eqns (9.14) to (9.16) of NEXAFS Spectroscopy, for substrates of lower, twofold and higher symmetry."""
    theta, alpha, phi = np.radians([20.0, 35.0, 50.0])
    along = (np.cos(theta) * np.cos(alpha)) ** 2 + (np.sin(theta) * np.sin(alpha) * np.cos(phi)) ** 2
    across = (np.sin(alpha) * np.sin(phi)) ** 2
    if fold == 1:
        along += 2 * np.sin(alpha) * np.cos(alpha) * np.sin(theta) * np.cos(theta) * np.cos(phi)
    elif fold != 2:
        along = (1 + (3 * np.cos(theta) ** 2 - 1) * (3 * np.cos(alpha) ** 2 - 1) / 2) / 3
        across = np.sin(alpha) ** 2 / 2
    light = domain_average(light_matrix(20.0, polarisation=0.9, azimuth=50.0), fold)
    assert np.sum(light * vector_orbital(35.0)) == pytest.approx(0.9 * along + 0.1 * across, rel=1e-12)


@pytest.mark.parametrize("fold", [1, 2, 3, 4, 6])
def test_the_average_over_domains_is_that_of_their_rotations(fold: int) -> None:
    light = light_matrix([20.0, 55.0], polarisation=0.9, azimuth=50.0)
    turns = rotations_about_z(360 * np.arange(fold) / fold)
    expected = np.einsum("tab,nbc,tdc->nad", turns, light, turns) / fold
    np.testing.assert_allclose(domain_average(light, fold), expected, atol=1e-15)
    np.testing.assert_allclose(np.trace(light, axis1=1, axis2=2), 1, rtol=1e-15)


def test_impossible_light_and_domains_are_refused() -> None:
    with pytest.raises(ValueError, match="polarisation must be from 0 to 1"):
        light_matrix(20.0, polarisation=1.1)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        domain_average(np.eye(3), 0)
