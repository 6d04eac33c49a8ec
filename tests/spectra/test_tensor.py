"""Absorption tensors."""

from __future__ import annotations

import numpy as np
from support.structures import random_rotation

from schnetpack_isd.spectra import broaden, dipole_products, project, sphere_mean_square, sphere_quadrature

ENERGIES = np.linspace(288.0, 310.0, 256)
RNG = np.random.default_rng(0)
LINES = np.sort(RNG.uniform(280.0, 330.0, 300))
DIPOLES = RNG.standard_normal((300, 3))


def test_the_projected_tensor_is_the_spectrum_along_a_direction() -> None:
    directions = RNG.standard_normal((5, 3)) * [[1.0], [2.0], [0.1], [30.0], [1.0]]
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    expected = broaden(LINES, (DIPOLES @ unit.T) ** 2, ENERGIES, 0.5)
    tensor = broaden(LINES, dipole_products(DIPOLES), ENERGIES, 0.5)
    np.testing.assert_allclose(project(tensor[None], directions)[0], expected, rtol=1e-10)


def test_spectra_turn_with_the_dipoles() -> None:
    rotation, directions = random_rotation(2), RNG.standard_normal((4, 3))
    one, other = (
        project(broaden(LINES, dipole_products(d), ENERGIES, 0.5)[None], u)
        for d, u in ((DIPOLES, directions), (DIPOLES @ rotation.T, -directions @ rotation.T))
    )
    np.testing.assert_allclose(one, other, rtol=1e-10)


def test_the_mean_square_over_the_sphere_is_that_of_a_fine_quadrature() -> None:
    tensor = RNG.normal(size=(5, 6, 4))
    directions, weights = sphere_quadrature(23)
    expected = np.einsum("sde,d->se", project(tensor, directions) ** 2, weights)
    np.testing.assert_allclose(sphere_mean_square(tensor), expected, rtol=1e-12)
