"""Spectra of films, against exact tensors."""

from __future__ import annotations

import numpy as np
import pytest
from support.spectra import random_tensors, rotations_about_z, tensor_spectra

from schnetpack_isd.spectra import MAGIC_ANGLE, film_spectrum, linear_dichroism, tilted_film_spectrum

TENSORS = random_tensors(seed=0)
PARALLEL = TENSORS[:, 2, 2]
PERPENDICULAR = (TENSORS[:, 0, 0] + TENSORS[:, 1, 1]) / 2
ISOTROPIC = np.trace(TENSORS, axis1=1, axis2=2) / 3
ANGLES = np.array([0.0, 20.0, MAGIC_ANGLE, 90.0])
ALONG, ACROSS = np.random.default_rng(1).uniform(0, 1, (2, 5))  # of uniaxial molecules


def towards(angles: np.ndarray) -> np.ndarray:
    """Directions in the plane of x and z, at angles in degrees to z."""
    radians = np.radians(angles)
    return np.stack([np.sin(radians), 0 * radians, np.cos(radians)], axis=-1)


def test_a_film_is_the_mean_of_its_molecules_over_the_azimuth() -> None:
    turns = rotations_about_z(np.arange(0, 360, 10))
    film = np.einsum("tab,ebc,tdc->ead", turns, TENSORS, turns) / len(turns)
    found = film_spectrum(PARALLEL, PERPENDICULAR, ANGLES)
    np.testing.assert_allclose(found, tensor_spectra(film, towards(ANGLES)), rtol=1e-12)


def test_a_film_at_the_magic_angle_is_isotropic() -> None:
    np.testing.assert_allclose(film_spectrum(PARALLEL, PERPENDICULAR, MAGIC_ANGLE), ISOTROPIC, rtol=1e-12)


def test_dichroism_is_grazing_minus_normal() -> None:
    along_normal, in_plane = film_spectrum(PARALLEL, PERPENDICULAR, [0.0, 90.0])
    np.testing.assert_allclose(linear_dichroism(PARALLEL, PERPENDICULAR), along_normal - in_plane, rtol=1e-12)


@pytest.mark.parametrize("tilt", [None, 35.0])
def test_unpolarised_light_has_its_field_in_the_surface(tilt: float | None) -> None:
    def spectrum(angle: float, polarisation: float = 1.0) -> np.ndarray:
        if tilt is None:
            return film_spectrum(PARALLEL, PERPENDICULAR, angle, polarisation)
        return tilted_film_spectrum(PARALLEL, PERPENDICULAR, angle, tilt, polarisation)

    expected = 0.8 * spectrum(20.0) + 0.2 * spectrum(90.0)
    np.testing.assert_allclose(spectrum(20.0, polarisation=0.8), expected, rtol=1e-12)


def test_several_spectra_take_several_angles() -> None:
    found = film_spectrum(np.stack([PARALLEL, PERPENDICULAR])[:, None], PERPENDICULAR, ANGLES)
    np.testing.assert_allclose(found[0], film_spectrum(PARALLEL, PERPENDICULAR, ANGLES), rtol=1e-12)
    np.testing.assert_allclose(found[1], np.tile(PERPENDICULAR, (4, 1)), rtol=1e-12)


def test_tilted_molecules_are_averaged_over_the_azimuth() -> None:
    axes = rotations_about_z(np.arange(0, 360, 10)) @ towards(np.array(35.0))
    cosine2 = np.mean((axes @ towards(np.array(20.0))) ** 2)
    expected = ALONG * cosine2 + ACROSS * (1 - cosine2)
    np.testing.assert_allclose(tilted_film_spectrum(ALONG, ACROSS, 20.0, 35.0), expected, rtol=1e-12)


def test_upright_molecules_make_a_uniaxial_film() -> None:
    np.testing.assert_allclose(
        tilted_film_spectrum(ALONG, ACROSS, ANGLES, 0.0), film_spectrum(ALONG, ACROSS, ANGLES), rtol=1e-12
    )


@pytest.mark.parametrize(("angle", "tilt"), [(MAGIC_ANGLE, 35.0), (20.0, MAGIC_ANGLE)])
def test_angle_or_tilt_at_the_magic_angle_is_isotropic(angle: float, tilt: float) -> None:
    found = tilted_film_spectrum(ALONG, ACROSS, angle, tilt)
    np.testing.assert_allclose(found, (ALONG + 2 * ACROSS) / 3, rtol=1e-12)


@pytest.mark.parametrize("angle", [20.0, 90.0])
def test_a_vector_orbital_follows_stoehrs_equation(angle: float) -> None:
    """Eqn (9.16) of NEXAFS Spectroscopy."""
    cosine2, tilt_cosine2 = np.cos(np.radians([angle, 35.0])) ** 2
    expected = ALONG / 3 * (1 + 0.5 * (3 * cosine2 - 1) * (3 * tilt_cosine2 - 1))
    np.testing.assert_allclose(tilted_film_spectrum(ALONG, 0 * ALONG, angle, 35.0), expected, rtol=1e-12)


@pytest.mark.parametrize("polarisation", [-0.1, 1.5, np.nan])
def test_a_degree_of_polarisation_is_from_0_to_1(polarisation: float) -> None:
    with pytest.raises(ValueError, match="must be from 0 to 1"):
        film_spectrum(np.ones(5), np.ones(5), 20.0, polarisation)
    with pytest.raises(ValueError, match="must be from 0 to 1"):
        tilted_film_spectrum(np.ones(5), np.ones(5), 20.0, 30.0, polarisation)


def test_spectra_of_a_film_have_the_same_energies() -> None:
    with pytest.raises(ValueError, match=r"same energies, but have the shapes \(5,\) and \(4,\)"):
        film_spectrum(np.ones(5), np.ones(4), 20.0)
