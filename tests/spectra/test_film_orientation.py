"""What light sees of molecules in films, against averages over their rotations."""

from __future__ import annotations

import numpy as np
import pytest
from support.spectra import random_tensors, rotations_about_z
from support.structures import random_rotation

from schnetpack_isd.spectra import (
    MAGIC_ANGLE,
    domain_average,
    film_components,
    film_spectrum,
    gaussian_tilt_order,
    light_matrix,
    normal_matrix,
    weighted_spectra,
    weights_along_normal,
    weights_of_tilt,
)

TENSOR = np.moveaxis(random_tensors(seed=0), 0, -1)  # (3, 3, n_energies)
ISOTROPIC = np.einsum("iik->k", TENSOR) / 3
FRAME = random_rotation(3)  # rows: a molecule's own x, y and z
ANGLES = np.array([0.0, 20.0, MAGIC_ANGLE, 90.0])
LIGHT = light_matrix(ANGLES, polarisation=0.9, azimuth=50.0)


def tilts_towards_x(angles: np.ndarray) -> np.ndarray:
    """Rotations (n, 3, 3) that tilt z towards x by angles in degrees."""
    swap = np.eye(3)[[2, 0, 1]]  # z, x, y
    return swap.T @ rotations_about_z(angles) @ swap


@pytest.mark.parametrize("fold", [1, 2, 3, None])
def test_a_film_is_the_mean_over_twists_tilts_and_domains(fold: int | None) -> None:
    twists = rotations_about_z(np.arange(0, 360, 40.0))
    angles = np.arange(0.05, 90, 0.1)
    share = np.exp(-0.5 * ((angles - 35) / 12) ** 2) * np.sin(np.radians(angles))
    tilts = tilts_towards_x(angles)
    np.testing.assert_allclose(tilts[350] @ [0, 0, 1], [np.sin(np.radians(35.05)), 0, np.cos(np.radians(35.05))])
    domains = rotations_about_z(360 * np.arange(fold or 7) / (fold or 7))
    film = np.einsum("ai,bj,ijk->abk", FRAME, FRAME, TENSOR)  # the axis is along z
    film = np.einsum("tai,tbj,ijk->abk", twists, twists, film) / len(twists)
    film = np.einsum("t,tai,tbj,ijk->abk", share / share.sum(), tilts, tilts, film, optimize=True)
    film = np.einsum("tai,tbj,ijk->abk", domains, domains, film) / len(domains)
    expected = np.einsum("nij,ijk->nk", LIGHT, film)
    weights = weights_of_tilt(domain_average(LIGHT, fold), FRAME[2], tilt=35.0, spread=12.0)
    np.testing.assert_allclose(weighted_spectra(weights, TENSOR), expected, rtol=1e-5)


@pytest.mark.parametrize("fold", [1, 2, 3, None])
def test_a_film_of_a_known_normal_is_the_mean_over_domains(fold: int | None) -> None:
    normal = FRAME[2]
    in_plane = np.array([1.0, 0.0, 0.0]) - normal[0] * normal  # the azimuth is measured from x
    in_plane /= np.linalg.norm(in_plane)
    to_film = np.stack([in_plane, np.cross(normal, in_plane), normal])
    film = np.einsum("ai,bj,ijk->abk", to_film, to_film, TENSOR)
    domains = rotations_about_z(360 * np.arange(fold or 7) / (fold or 7))
    film = np.einsum("tai,tbj,ijk->abk", domains, domains, film) / len(domains)
    weights = weights_along_normal(domain_average(LIGHT, fold), 2 * normal)
    np.testing.assert_allclose(weighted_spectra(weights, TENSOR), np.einsum("nij,ijk->nk", LIGHT, film), rtol=1e-12)


def test_uniaxial_films_have_the_spectra_of_their_components() -> None:
    order = gaussian_tilt_order(35.0, 12.0)
    along, across = film_components(TENSOR, normal_matrix(FRAME[2], order))
    weights = weights_of_tilt(domain_average(LIGHT, None), FRAME[2], 35.0, 12.0)
    expected = film_spectrum(along, across, ANGLES, polarisation=0.9)
    np.testing.assert_allclose(weighted_spectra(weights, TENSOR), expected, rtol=1e-12)


@pytest.mark.parametrize("fold", [1, 2, None])
def test_a_molecule_and_its_axis_or_normal_can_be_turned_together(fold: int | None) -> None:
    rotation = random_rotation(4)
    turned = np.einsum("ai,bj,ijk->abk", rotation, rotation, TENSOR)
    light = domain_average(LIGHT, fold)
    for weights in (weights_of_tilt, weights_along_normal):
        if weights is weights_along_normal and fold is not None:
            continue  # the azimuth refers to the frame of the structure
        arguments = (35.0,) if weights is weights_of_tilt else ()
        before = weighted_spectra(weights(light, FRAME[2], *arguments), TENSOR)
        after = weighted_spectra(weights(light, rotation @ FRAME[2], *arguments), turned)
        np.testing.assert_allclose(after, before, rtol=1e-12)


def test_the_magic_angle_and_the_magic_tilt_are_isotropic() -> None:
    light = domain_average(light_matrix(ANGLES), None)
    tilted = weighted_spectra(weights_of_tilt(light, FRAME[2], 35.0), TENSOR)
    np.testing.assert_allclose(tilted[2], ISOTROPIC, rtol=1e-12)
    np.testing.assert_allclose(
        weighted_spectra(weights_of_tilt(light, FRAME[2], MAGIC_ANGLE), TENSOR), np.tile(ISOTROPIC, (4, 1)), rtol=1e-12
    )
