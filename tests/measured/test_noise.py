"""Noise of measured spectra."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.measured import estimate_noise


def test_noise_is_estimated_on_uneven_energies_and_over_several_spectra() -> None:
    rng = np.random.default_rng(0)
    spectra = []
    for slope in (0.1, -2.0):
        energies = np.cumsum(rng.uniform(0.02, 0.2, 2000))
        spectra.append((energies, slope * energies + 5 * np.exp(-((energies - 50) ** 2)) + rng.normal(0, 0.3, 2000)))
    assert estimate_noise(spectra) == pytest.approx(0.3, rel=0.05)


def test_a_line_has_no_noise() -> None:
    energies = np.linspace(280.0, 300.0, 50)
    assert estimate_noise([(energies, 3 * energies)]) == pytest.approx(0.0, abs=1e-9)
