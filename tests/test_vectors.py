"""Arrays of direction vectors."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.vectors import about_axis, check_directions, random_directions


def test_random_directions_are_uniform_on_the_sphere() -> None:
    directions = random_directions(30_000, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(directions.T @ directions / len(directions), np.eye(3) / 3, atol=0.01)
    z = np.sort(np.abs(directions[:, 2]))  # |z| of a uniform direction is uniform in [0, 1]
    np.testing.assert_allclose(z, np.linspace(0, 1, len(z)), atol=0.02)


def test_three_random_directions_are_orthogonal_and_of_either_sign() -> None:
    directions = random_directions(30_000, np.random.default_rng(1))
    np.testing.assert_allclose(directions[:3] @ directions[:3].T, np.eye(3), atol=1e-12)
    for number in range(3):
        np.testing.assert_allclose(directions[number::3].mean(axis=0), 0.0, atol=0.02)


def test_directions_about_an_axis_are_perpendicular_to_it() -> None:
    cosines = np.cos(np.radians([[0, 30, 90], [30, 0, 60], [90, 60, 0]]))
    for axis in ([0, 0, 3], [1, 0, 0], [1, 1, 1]):
        found = about_axis(axis, [0, 30, 90])
        np.testing.assert_allclose(found @ axis, 0, atol=1e-12)
        np.testing.assert_allclose(found @ found.T, cosines, atol=1e-12)
    np.testing.assert_allclose(about_axis([0, 0, 1], [0, 90]), [[1, 0, 0], [0, 1, 0]], atol=1e-12)


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
def test_arrays_that_are_not_directions_are_refused(directions: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_directions(directions)
