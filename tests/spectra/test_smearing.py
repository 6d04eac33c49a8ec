"""Further broadening of spectra."""

from __future__ import annotations

import numpy as np
import pytest
from support.spectra import ENERGIES, peak

from schnetpack_isd.spectra import Broadening, smear


def test_smearing_adds_variances() -> None:
    found = smear(ENERGIES, peak(295.0, 0.5), np.sqrt(0.8**2 - 0.5**2))
    np.testing.assert_allclose(found, peak(295.0, 0.8), atol=1e-6)


def test_smearing_is_linear() -> None:
    narrow = peak(295.0, 0.5)
    one, two = smear(ENERGIES, np.stack([narrow, 2 * narrow]), 0.6)
    np.testing.assert_allclose(two, 2 * one, rtol=1e-12)


def test_a_width_of_zero_changes_nothing() -> None:
    np.testing.assert_allclose(smear(ENERGIES, peak(295.0, 0.5), 0.0), peak(295.0, 0.5), atol=1e-12)


def test_smearing_keeps_a_constant_up_to_the_ends() -> None:
    np.testing.assert_allclose(smear(ENERGIES, np.ones_like(ENERGIES), 1.0), 1.0, rtol=1e-9)


@pytest.mark.parametrize(("centre", "width"), [(288.0, 0.2), (300.0, 0.9)])
def test_each_energy_has_its_own_width(centre: float, width: float) -> None:
    wider = Broadening.ramp(width=0.2, start=290.0, slope=0.1, largest=0.9)
    found = smear(ENERGIES, peak(centre, 0.1), wider.at(ENERGIES))
    assert found.max() == pytest.approx(1 / (np.sqrt(2 * np.pi) * np.hypot(0.1, width)), rel=0.03)


@pytest.mark.parametrize(
    ("energies", "spectrum", "sigma", "message"),
    [
        (ENERGIES**2, peak(295.0, 0.5), 0.1, "equal steps"),
        (ENERGIES, peak(295.0, 0.5), -0.1, "not negative"),
        (ENERGIES, peak(295.0, 0.5)[:-1], 0.1, "energy axis"),
    ],
)
def test_other_arrays_are_refused(energies: np.ndarray, spectrum: np.ndarray, sigma: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        smear(energies, spectrum, sigma)
