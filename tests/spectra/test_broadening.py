"""Stick spectra to spectra."""

from __future__ import annotations

import numpy as np
import pytest
from support.structures import random_rotation

from schnetpack_isd.directions import check_directions, random_directions
from schnetpack_isd.spectra import broadening
from schnetpack_isd.spectra.broadening import broaden
from schnetpack_isd.spectra.tensor import dipole_products, project

ENERGIES = np.linspace(288.0, 310.0, 256)
RNG = np.random.default_rng(0)
LINES = np.sort(RNG.uniform(280.0, 330.0, 300))
DIPOLES = RNG.standard_normal((300, 3))


def test_a_line_becomes_a_gaussian_of_twice_its_strength() -> None:
    energies = np.linspace(280.0, 310.0, 3001)
    [spectrum] = broaden([295.0], [[0.7]], energies, sigma=0.5)
    assert np.trapezoid(spectrum, energies) == pytest.approx(2 * 0.7, rel=1e-10)
    assert energies[spectrum.argmax()] == pytest.approx(295.0)
    assert np.interp(295.5, energies, spectrum) == pytest.approx(spectrum.max() * np.exp(-0.5), rel=1e-6)


def test_lines_add_up_whatever_fits_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    strengths = DIPOLES**2
    one_by_one = sum(broaden([e], [s], ENERGIES, 0.3) for e, s in zip(LINES, strengths, strict=True))
    np.testing.assert_allclose(broaden(LINES, strengths, ENERGIES, 0.3), one_by_one, rtol=1e-12, atol=1e-15)
    monkeypatch.setattr(broadening, "_CHUNK", 1000)
    np.testing.assert_allclose(broaden(LINES, strengths, ENERGIES, 0.3), one_by_one, rtol=1e-12, atol=1e-15)


def test_lines_far_from_the_axis_are_nothing() -> None:
    np.testing.assert_array_equal(broaden([100.0, 900.0], np.ones((2, 3)), ENERGIES, 0.5), np.zeros((3, 256)))


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


def test_random_directions_are_uniform_on_the_sphere() -> None:
    directions = random_directions(30_000, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(directions.T @ directions / len(directions), np.eye(3) / 3, atol=0.01)
    z = np.sort(np.abs(directions[:, 2]))  # |z| of a uniform direction is uniform in [0, 1]
    np.testing.assert_allclose(z, np.linspace(0, 1, len(z)), atol=0.02)
    for number in range(3):
        np.testing.assert_allclose(directions[number::3].mean(axis=0), 0.0, atol=0.02)
    np.testing.assert_allclose(directions[0] @ directions[1], 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("directions", "message"),
    [
        ([[0, 0, 1], [0, 0, 0]], r"Direction 1 is \[0.0, 0.0, 0.0\]"),
        ([[0, np.nan, 1]], "Direction 0"),
        ([0, 0, 1], r"not \(3,\)"),
        ([[0, 1]], r"not \(1, 2\)"),
        ([], "shape"),
    ],
)
def test_what_is_no_direction_is_refused(directions: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_directions(directions)
