"""Tests of changes of a spectrum that have a given error."""

import numpy as np
import pytest

from schnetpack_isd.evaluation.equivalent_errors import broadening_with_error, noise_with_error, shift_with_error
from schnetpack_isd.spectra import smear

ENERGIES = np.linspace(280.0, 320.0, 801)
SPECTRUM = np.exp(-0.5 * ((ENERGIES - 295.0) / 0.8) ** 2) + 0.5 * np.exp(-0.5 * ((ENERGIES - 303.0) / 2.0) ** 2)


def mean_squared_error(changed: np.ndarray) -> float:
    return float(np.mean((changed - SPECTRUM) ** 2))


def test_noise_has_the_error() -> None:
    assert mean_squared_error(noise_with_error(SPECTRUM, 0.01)) == pytest.approx(0.01)


def test_shift_and_broadening_of_a_known_error_are_found() -> None:
    shifted = np.interp(ENERGIES - 0.37, ENERGIES, SPECTRUM)
    assert shift_with_error(ENERGIES, SPECTRUM, mean_squared_error(shifted)) == pytest.approx(0.37, abs=1e-3)
    broad = smear(ENERGIES, SPECTRUM, 1.2)
    assert broadening_with_error(ENERGIES, SPECTRUM, mean_squared_error(broad)) == pytest.approx(1.2, abs=1e-3)


def test_errors_that_no_change_has() -> None:
    assert shift_with_error(ENERGIES, SPECTRUM, 10.0) is None
    assert broadening_with_error(ENERGIES, SPECTRUM, 10.0) is None
