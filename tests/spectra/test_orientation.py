"""Second-rank orientation of molecules in films."""

from __future__ import annotations

import numpy as np
import pytest
from support.spectra import random_tensors
from support.structures import random_rotation

from schnetpack_isd.spectra import (
    MAGIC_ANGLE,
    film_components,
    film_spectrum,
    gaussian_tilt_matrix,
    gaussian_tilt_order,
    normal_matrix,
    order_parameter,
    tilt_angle,
    tilted_film_spectrum,
)

TENSOR = np.moveaxis(random_tensors(seed=0), 0, -1)  # (3, 3, n_energies)
ISOTROPIC = np.einsum("iik->k", TENSOR) / 3
AXIS = np.array([1.0, -2.0, 0.5])
ANGLES = np.array([0.0, 20.0, MAGIC_ANGLE, 90.0])


def film(tensor: np.ndarray, axis: np.ndarray, order: float) -> np.ndarray:
    return film_spectrum(*film_components(tensor, normal_matrix(axis, order)), ANGLES)


def turned(tensor: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    return np.einsum("ai,bj,ijk->abk", rotation, rotation, tensor)


def rotations_about_axis(n_rotations: int, axis: np.ndarray) -> np.ndarray:
    """Rotations by equal steps about an axis."""
    unit = axis / np.linalg.norm(axis)
    cross = np.cross(np.eye(3), unit).T
    angles = 2 * np.pi * np.arange(n_rotations)[:, None, None] / n_rotations
    return np.eye(3) + np.sin(angles) * cross + (1 - np.cos(angles)) * cross @ cross


def test_order_parameters_of_known_tilts() -> None:
    np.testing.assert_allclose(order_parameter([0, MAGIC_ANGLE, 90]), [1, 0, -0.5], atol=1e-15)
    np.testing.assert_allclose(tilt_angle(order_parameter([0, 30, 90])), [0, 30, 90], atol=1e-6)


@pytest.mark.parametrize("order", [-0.51, 1.01, np.nan])
def test_no_tilt_has_an_order_parameter_out_of_range(order: float) -> None:
    with pytest.raises(ValueError, match=r"must be from -0\.5 to 1"):
        tilt_angle(order)


def test_a_molecule_and_its_axis_can_be_turned_together() -> None:
    rotation = random_rotation(1)
    np.testing.assert_allclose(
        film(turned(TENSOR, rotation), rotation @ AXIS, 0.4), film(TENSOR, AXIS, 0.4), rtol=1e-12
    )


def test_the_film_is_the_mean_over_rotations_about_the_axis_and_the_normal() -> None:
    """Brute force: turn the molecule about its axis, tilt it by 35 degrees, turn it about the normal."""
    unit = AXIS / np.linalg.norm(AXIS)
    tilt = np.radians(35.0)
    towards = np.cross(unit, [0.0, 0.0, 1.0])
    towards /= np.linalg.norm(towards)
    normal = np.cos(tilt) * unit + np.sin(tilt) * towards
    mean = np.mean([turned(TENSOR, rotation) for rotation in rotations_about_axis(7, AXIS)], axis=0)
    mean = np.mean([turned(mean, rotation) for rotation in rotations_about_axis(7, normal)], axis=0)
    in_plane = np.cross(normal, [1.0, 0.0, 0.0])
    in_plane /= np.linalg.norm(in_plane)
    fields = [np.cos(angle) * normal + np.sin(angle) * in_plane for angle in np.radians(ANGLES)]
    expected = [np.einsum("i,ijk,j->k", field, mean, field) for field in fields]
    np.testing.assert_allclose(film(TENSOR, AXIS, float(order_parameter(35.0))), expected, rtol=1e-10)


@pytest.mark.parametrize("order", [-0.5, 0.0, 0.6])
def test_uniaxial_molecules_make_the_film_of_tilted_molecules(order: float) -> None:
    along, across = np.random.default_rng(2).uniform(0, 1, (2, 5))
    unit = AXIS / np.linalg.norm(AXIS)
    axial = np.outer(unit, unit)[..., None]
    tensor = axial * along + (np.eye(3)[..., None] - axial) * across
    expected = tilted_film_spectrum(along, across, ANGLES, float(tilt_angle(order)))
    np.testing.assert_allclose(film(tensor, AXIS, order), expected, rtol=1e-12)


def test_a_film_without_order_is_isotropic() -> None:
    np.testing.assert_allclose(film(TENSOR, AXIS, 0.0), np.tile(ISOTROPIC, (4, 1)), rtol=1e-12)
    np.testing.assert_allclose(film(TENSOR, AXIS, 0.7)[2], ISOTROPIC, rtol=1e-12)  # the magic angle


def test_limits_of_a_gaussian_distribution_of_tilts() -> None:
    assert gaussian_tilt_order(30.0, 0.0) == pytest.approx(float(order_parameter(30.0)))
    assert gaussian_tilt_order(30.0, 1e-3) == pytest.approx(float(order_parameter(30.0)), abs=1e-6)
    assert gaussian_tilt_order(30.0, 1e6) == pytest.approx(0.0, abs=1e-9)
    # narrow, upright: the angle has a Rayleigh distribution, <alpha^2> = 2 s^2, and S = 1 - 3/2 <alpha^2>
    assert gaussian_tilt_order(0.0, 0.5) == pytest.approx(1 - 3 * np.radians(0.5) ** 2, abs=1e-7)


def test_the_matrix_of_tilts_is_that_of_a_fine_sum() -> None:
    angles = np.radians(np.arange(0.0005, 90, 0.001))
    weights = np.exp(-0.5 * ((np.degrees(angles) - 70) / 15) ** 2) * np.sin(angles)
    axes = np.stack([np.sin(angles), 0 * angles, np.cos(angles)])
    expected = (weights * axes) @ axes.T / weights.sum()
    np.testing.assert_allclose(gaussian_tilt_matrix(70.0, 15.0), expected, atol=1e-8)


@pytest.mark.parametrize(("tilt", "spread"), [(-1, 0), (91, 0), (30, -1), (30, np.inf), (30, np.nan)])
def test_impossible_distributions_of_tilts_are_refused(tilt: float, spread: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        gaussian_tilt_order(tilt, spread)
