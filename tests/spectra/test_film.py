"""Spectra of films, against exact tensors."""

from __future__ import annotations

import numpy as np

from schnetpack_isd.directions import about_axis
from schnetpack_isd.spectra import (
    MAGIC_ANGLE,
    film_spectrum,
    linear_dichroism,
    tilted_film_spectrum,
)


def tensor_spectra(tensors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Exact spectra (n_directions, n_energies) of tensors (n_energies, 3, 3)."""
    return np.einsum("da,eab,db->de", directions, tensors, directions)


def uniaxial_tensors(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    along, across = rng.uniform(0, 1, (2, 5))
    return along, across, np.array([np.diag([b, b, a]) for a, b in zip(along, across, strict=True)])


def test_a_film_of_any_molecules_follows_the_cosine_squared() -> None:
    """A film without order in the plane, by turning the molecule about the normal."""
    half = np.random.default_rng(0).standard_normal((5, 3, 3))
    tensors = half @ half.transpose(0, 2, 1)
    azimuths = np.radians(np.arange(0, 360, 10))
    turns = np.array([[[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]] for a in azimuths])
    film = np.einsum("tab,ebc,tdc->ead", turns, tensors, turns) / len(turns)
    parallel = tensor_spectra(tensors, np.array([[0.0, 0.0, 1.0]]))[0]
    perpendicular = tensor_spectra(tensors, about_axis([0, 0, 1], [0, 90])).mean(axis=0)
    angles = np.array([0.0, 20.0, MAGIC_ANGLE, 90.0])
    directions = np.stack([np.sin(np.radians(angles)), 0 * angles, np.cos(np.radians(angles))], axis=1)
    found = film_spectrum(parallel, perpendicular, angles)
    np.testing.assert_allclose(found, tensor_spectra(film, directions), rtol=1e-12)
    np.testing.assert_allclose(found[2], np.trace(tensors, axis1=1, axis2=2) / 3, rtol=1e-12)
    np.testing.assert_allclose(linear_dichroism(parallel, perpendicular), found[0] - found[3], rtol=1e-12)
    partly = film_spectrum(parallel, perpendicular, angles, polarisation=0.8)
    np.testing.assert_allclose(partly, 0.8 * found + 0.2 * perpendicular, rtol=1e-12)
    several = film_spectrum(np.stack([parallel, perpendicular])[:, None], perpendicular, angles)
    np.testing.assert_allclose(several[0], found, rtol=1e-12)
    np.testing.assert_allclose(several[1], np.tile(perpendicular, (4, 1)), rtol=1e-12)


def test_tilted_molecules_at_any_azimuth() -> None:
    along, across, tensors = uniaxial_tensors(np.random.default_rng(1))
    tilt, angle = 35.0, 20.0
    direction = np.array([np.sin(np.radians(angle)), 0, np.cos(np.radians(angle))])
    axes = [
        (np.sin(np.radians(tilt)) * np.cos(a), np.sin(np.radians(tilt)) * np.sin(a), np.cos(np.radians(tilt)))
        for a in np.radians(np.arange(0, 360, 10))
    ]
    cosines2 = np.mean([np.dot(direction, axis) ** 2 for axis in axes])
    expected = along * cosines2 + across * (1 - cosines2)
    np.testing.assert_allclose(tilted_film_spectrum(along, across, angle, tilt), expected, rtol=1e-12)
    np.testing.assert_allclose(
        tilted_film_spectrum(along, across, [angle], 0.0)[0], film_spectrum(along, across, angle)
    )
    isotropic = np.trace(tensors, axis1=1, axis2=2) / 3
    np.testing.assert_allclose(tilted_film_spectrum(along, across, MAGIC_ANGLE, tilt), isotropic, rtol=1e-12)
    np.testing.assert_allclose(tilted_film_spectrum(along, across, angle, MAGIC_ANGLE), isotropic, rtol=1e-12)
    partly = tilted_film_spectrum(along, across, angle, tilt, polarisation=0.8)
    in_plane = tilted_film_spectrum(along, across, 90.0, tilt)
    np.testing.assert_allclose(partly, 0.8 * expected + 0.2 * in_plane, rtol=1e-12)
    across_film = tilted_film_spectrum(along, 0 * along, 90.0, tilt)
    np.testing.assert_allclose(across_film, along * np.sin(np.radians(tilt)) ** 2 / 2, rtol=1e-12)
    theta, alpha = np.radians(angle), np.radians(tilt)
    stohr = (1 + 0.5 * (3 * np.cos(theta) ** 2 - 1) * (3 * np.cos(alpha) ** 2 - 1)) / 3
    np.testing.assert_allclose(tilted_film_spectrum(along, 0 * along, angle, tilt), along * stohr, rtol=1e-12)
