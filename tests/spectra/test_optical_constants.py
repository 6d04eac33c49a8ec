"""Optical constants, against tables away from the edge, sum rules and an exact transform."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.spectra import refractive_index

pytest.importorskip("kkcalc")

ENERGIES = np.linspace(281.6, 306.6, 320)
POLYSTYRENE = {"C": 8, "H": 8}

TABLE = {
    # Chantler's tables for C8H8 at 1.05 g/cm³: delta and beta.
    250.0: (2.205e-3, 1.149e-4),
    320.0: (1.620e-3, 1.141e-3),
    350.0: (1.585e-3, 8.59e-4),
    1000.0: (2.45e-4, 2.0e-5),
}


def spectrum(height: float = 8.0) -> np.ndarray:
    """A resonance, and a step with a shape resonance."""
    resonance = height * np.exp(-0.5 * ((ENERGIES - 285.1) / 0.35) ** 2)
    step = 1 / (1 + np.exp(-(ENERGIES - 289.5) / 0.5)) + 0.4 * np.exp(-0.5 * ((ENERGIES - 293.5) / 1.5) ** 2)
    return resonance + step


def test_away_from_the_edge_they_are_those_of_tables() -> None:
    found = refractive_index(ENERGIES, spectrum(), POLYSTYRENE, 1.05, at=list(TABLE))
    delta, beta = np.transpose(list(TABLE.values()))
    np.testing.assert_allclose(found.delta, delta, rtol=0.03)
    np.testing.assert_allclose(found.beta, beta, rtol=0.07)  # tables differ by this much


def test_the_transform_is_that_of_the_integral() -> None:
    """Differences of two spectra are limited to the axis, where the principal value can be summed on a fine grid."""
    at = np.array([270.0, 285.0, 300.0, 320.0])
    strong, weak = (refractive_index(ENERGIES, spectrum(height), POLYSTYRENE, 1.05, at=at) for height in (8, 6))
    step = 0.004
    fine = np.arange(281.0, 307.0, step) + step / 2  # symmetric about the energies, which are between its points
    beta = [refractive_index(ENERGIES, spectrum(height), POLYSTYRENE, 1.05, at=fine).beta for height in (8, 6)]
    difference = fine**3 * (beta[0] - beta[1])  # beta times E^2 is proportional to f2
    expected = [2 / np.pi * step * np.sum(difference / (energy**2 - fine**2)) / energy**2 for energy in at]
    np.testing.assert_allclose(strong.delta - weak.delta, expected, rtol=2e-3, atol=1e-8)


def test_delta_is_continuous_at_the_energies_of_the_spectrum_and_of_the_tables() -> None:
    at = np.sort(np.concatenate([ENERGIES, [284.1, 284.3, 281.437, 309.878]]))
    here, beside = (refractive_index(ENERGIES, spectrum(), POLYSTYRENE, 1.05, at=at + d).delta for d in (0, 1e-5))
    np.testing.assert_allclose(here, beside, atol=1e-6)


def test_the_oscillator_strength_is_that_of_bare_atoms() -> None:
    fine = np.arange(270.0, 310.0, 0.02)
    strengths = [
        np.trapezoid(fine * refractive_index(ENERGIES, spectrum(height), POLYSTYRENE, 1.05, at=fine).beta, fine)
        for height in (0, 8)
    ]
    assert strengths[0] == pytest.approx(strengths[1], rel=1e-3)


def test_neither_the_unit_of_the_spectrum_nor_the_formula_unit_matters() -> None:
    one = refractive_index(ENERGIES, spectrum(), POLYSTYRENE, 1.05)
    other = refractive_index(ENERGIES, 7 * spectrum(), {"H": 1, "C": 1}, 1.05)
    np.testing.assert_allclose(other.delta, one.delta, rtol=1e-6)
    np.testing.assert_allclose(other.beta, one.beta, rtol=1e-6)


def test_a_tensor_turns_with_the_molecule_and_has_the_isotropic_mean() -> None:
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    principal = np.diag([0.2, 0.3, 2.5])[..., None] * spectrum()
    tensor = np.einsum("ai,bj,ijk->abk", rotation, rotation, principal)
    found = refractive_index(ENERGIES, tensor, POLYSTYRENE, 1.05)
    isotropic = refractive_index(ENERGIES, spectrum(), POLYSTYRENE, 1.05)
    np.testing.assert_allclose(np.trace(found.delta) / 3, isotropic.delta, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(np.trace(found.beta) / 3, isotropic.beta, rtol=1e-6, atol=1e-9)
    along_axes = refractive_index(ENERGIES, principal, POLYSTYRENE, 1.05).delta
    turned = np.einsum("ai,bj,ijk->abk", rotation, rotation, along_axes)
    np.testing.assert_allclose(found.delta, turned, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ENERGIES + 7.4, spectrum(), POLYSTYRENE, 1.05), "edge of C atoms at 284.2 eV must be within the energies"),
        ((ENERGIES, spectrum()[:-1], POLYSTYRENE, 1.05), "tensor .* was expected"),
        ((ENERGIES, spectrum(), POLYSTYRENE, 0.0), "density must be from 0.05 to 25 g/cm³, not 0 g/cm³"),
        ((ENERGIES, spectrum(), POLYSTYRENE, 1050.0), "not 1050 g/cm³ .1000 kg/m³ are 1 g/cm³"),
        ((ENERGIES, spectrum(), {"Si": 1}, 1.05), "must have the absorbing element, C"),
        ((ENERGIES, spectrum(), {"C": 1, "Xx": 1}, 1.05), "has Xx, which is not an element"),
    ],
)
def test_mistakes_are_named(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        refractive_index(*arguments)


def test_energies_are_those_of_the_tables() -> None:
    with pytest.raises(ValueError, match="from 30 to 30,000 eV"):
        refractive_index(ENERGIES, spectrum(), POLYSTYRENE, 1.05, at=[10.0])
