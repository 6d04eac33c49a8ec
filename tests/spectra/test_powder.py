"""Averages over all orientations."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.spectra import powder_average, sphere_quadrature


def test_the_average_of_a_tensor_is_a_third_of_its_trace() -> None:
    directions, weights = sphere_quadrature()
    assert weights.sum() == pytest.approx(1.0)
    tensor = np.random.default_rng(0).standard_normal((3, 3))
    spectra = np.einsum("da,ab,db->d", directions, tensor, directions)[:, None]
    average, error = powder_average(spectra)
    assert average == pytest.approx(np.trace(tensor) / 3)
    assert error == pytest.approx(0.0, abs=1e-12)


def test_the_error_is_that_of_the_coarser_quadrature() -> None:
    directions, _ = sphere_quadrature()
    spectra = (directions[:, 0] ** 6)[:, None]  # of degree 6: exact for degree 7 only
    average, error = powder_average(spectra)
    assert average == pytest.approx(1 / 7)
    assert error > 1e-3


def test_other_numbers_of_directions_are_refused() -> None:
    with pytest.raises(ValueError, match="13 directions were expected"):
        powder_average(np.ones((3, 5)))
