"""Momentum transfer along the beam and across it, against integrals over the apertures."""

from __future__ import annotations

import numpy as np
import pytest
from support.spectra import random_tensors

from schnetpack_isd.spectra import characteristic_angle, eels_spectrum, magic_collection_angle, share_along_beam

TENSOR = np.moveaxis(random_tensors(seed=0), 0, -1)


def test_the_characteristic_angle_of_carbon_at_200_kv() -> None:
    """Gamma = 1.3914, m v^2 = 0.4835 m c^2: 285 / (1.3914 * 0.4835 * 511 keV) = 0.829 mrad."""
    assert float(characteristic_angle(200, 285)) == pytest.approx(0.829, abs=0.001)


def test_the_magic_angle_without_relativity_is_397_characteristic_angles() -> None:
    """3.97: Jouffrey, Schattschneider and Hébert, Ultramicroscopy 2004, 102, 61."""
    ratio = magic_collection_angle(1e-3, 1e-4) / float(characteristic_angle(1e-3, 1e-4))
    assert ratio == pytest.approx(3.97, abs=0.01)


@pytest.mark.parametrize("voltage", [60.0, 100.0, 200.0, 300.0])
def test_the_magic_angle_solves_the_equation_of_a_parallel_beam(voltage: float) -> None:
    """Half the integral over transfers across the beam equals that over transfers along it."""
    theta_e = float(characteristic_angle(voltage, 285.0))
    slow = 1 / (1 + voltage / 510.99895) ** 2  # 1 - v^2 / c^2
    theta = np.linspace(0, magic_collection_angle(voltage, 285.0), 100_001)
    denominator = (theta**2 + theta_e**2 * slow) ** 2
    across = np.trapezoid(theta**3 / denominator, theta)
    along = 2 * slow**2 * theta_e**2 * np.trapezoid(theta / denominator, theta)
    assert across == pytest.approx(along, rel=1e-6)


def test_the_magic_angle_at_200_kv_is_146_characteristic_angles() -> None:
    assert magic_collection_angle(200, 285) / float(characteristic_angle(200, 285)) == pytest.approx(1.46, abs=0.005)


@pytest.mark.parametrize(("convergence", "collection"), [(0.0, 3.0), (1.5, 3.0), (3.0, 1.5), (2.0, 2.0), (10.0, 20.0)])
def test_shares_are_means_over_both_discs(convergence: float, collection: float) -> None:
    """Brute force: pairs of incident and scattered directions, uniform in their discs."""
    rng = np.random.default_rng(0)

    def disc(radius: float) -> np.ndarray:
        return radius * np.sqrt(rng.uniform(size=400_000)) * np.exp(2j * np.pi * rng.uniform(size=400_000))

    square = np.abs(disc(convergence) - disc(collection)) ** 2
    theta_e, slow = float(characteristic_angle(200, 285)), 1 / (1 + 200 / 510.99895) ** 2
    along, across = (np.mean(part / (square + slow * theta_e**2) ** 2) for part in ((slow * theta_e) ** 2, square))
    assert float(share_along_beam(200, 285, convergence, collection)) == pytest.approx(
        along / (along + across), rel=0.02
    )


def test_the_spectrum_at_the_magic_angle_is_isotropic_along_every_beam() -> None:
    convergence = 0.5
    share = share_along_beam(200, 285, convergence, magic_collection_angle(200, 285, convergence))
    isotropic = np.einsum("iik->k", TENSOR) / 3
    for beam in ((0, 0, 1), (1, -2, 0.5)):
        np.testing.assert_allclose(eels_spectrum(TENSOR, beam, share), isotropic, rtol=1e-9)


def test_without_apertures_the_momentum_is_along_the_beam() -> None:
    share = share_along_beam(200, np.array([285.0, 300.0]), 0.0, 0.0)
    np.testing.assert_array_equal(share, 1.0)
    np.testing.assert_allclose(eels_spectrum(TENSOR, (0, 2, 0), 1.0), TENSOR[1, 1], rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 285, 0, 1), "voltage must be a positive number of kV, not 0"),
        ((200, 0, 0, 1), "losses must be positive"),
        ((200, 285, -1, 1), "semi-angle of convergence must be a number of mrad that is not negative, not -1"),
        ((200, 285, 0, np.nan), "semi-angle of collection must be"),
    ],
)
def test_impossible_experiments_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        share_along_beam(*arguments)


def test_a_wide_illumination_has_no_magic_angle() -> None:
    with pytest.raises(ValueError, match=r"convergence, 10 mrad, must be below 1\.2"):
        magic_collection_angle(200, 285, 10)
