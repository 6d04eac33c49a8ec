"""Directions and the grammar of their labels."""

from __future__ import annotations

import numpy as np
import pytest
from ase.build import bulk
from ase.cell import Cell

from schnetpack_isd.directions import (
    CartesianDirection,
    Direction,
    LatticeDirection,
    PlaneNormal,
    RotatedDirection,
    as_direction,
    as_directions,
    describe_label,
    parse_direction,
    scan_directions,
    unit_vectors,
)

GRAMMAR = [
    (CartesianDirection(1, 0, 0), "x", "along x"),
    (CartesianDirection(0, 0, 2), "xyz(0 0 2)", "along (0, 0, 2)"),
    (CartesianDirection(1, -1, 0.125), "xyz(1 -1 0.125)", "along (1, -1, 0.125)"),
    (LatticeDirection(1, 1, 0), "uvw[1 1 0]", "along [110]"),
    (LatticeDirection(1, -1, 0), "uvw[1 -1 0]", "along [1 -1 0]"),
    (LatticeDirection(1, 0, 12), "uvw[1 0 12]", "along [1 0 12]"),
    (PlaneNormal(0, 0, 1), "hkl(0 0 1)", "normal to (001)"),
    (RotatedDirection((0, 0, 1), 15), "scan15(0 0 1)", "at 15° about z"),
    (RotatedDirection((1, 1, 0), 22.5), "scan22.5(1 1 0)", "at 22.5° about (1, 1, 0)"),
]


@pytest.mark.parametrize(("direction", "label", "description"), GRAMMAR, ids=[label for _, label, _ in GRAMMAR])
def test_labels_are_written_read_and_described(direction: Direction, label: str, description: str) -> None:
    assert direction.label == label
    assert parse_direction(label) == direction
    assert describe_label(label) == direction.description == description


def test_isotropic_is_a_label_but_not_a_direction() -> None:
    assert describe_label("isotropic") == "isotropic"
    with pytest.raises(ValueError, match="'isotropic' is not the label of a direction"):
        parse_direction("isotropic")


@pytest.mark.parametrize(
    "label", ["", "w", "xyz(1 1)", "xyz3(1 1 0)", "uvw(1 1 0)", "hkl[0 0 1]", "scan(0 0 1)", "x y"]
)
def test_other_labels_are_refused(label: str) -> None:
    with pytest.raises(ValueError, match=r"is not the label of a direction\. Labels are x, y, z, xyz\(1 1 0\)"):
        parse_direction(label)


@pytest.mark.parametrize("label", ["xyz(0 0 0)", "uvw[0 0 0]", "hkl(0 0 0)", "xyz(0 nan 1)"])
def test_a_direction_of_no_length_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="is zero or not finite"):
        parse_direction(label)


def test_vectors_and_labels_become_directions() -> None:
    assert as_direction(np.array([0, 0, 1])) == as_direction("z") == CartesianDirection(0, 0, 1)
    assert as_directions([[1, 1, 0], "uvw[1 0 0]"]) == (CartesianDirection(1, 1, 0), LatticeDirection(1, 0, 0))


@pytest.mark.parametrize("single", [(0, 0, 1), np.array([0.0, 0.0, 1.0]), "z"])
def test_a_single_direction_is_not_a_list(single: object) -> None:
    with pytest.raises(ValueError, match="A list of directions was expected, not the single direction"):
        as_directions(single)


def test_lattice_directions_and_plane_normals_follow_the_cell() -> None:
    cell = bulk("SiC", "wurtzite", a=3.08, c=5.05).cell
    a, b, c = cell.array
    found = unit_vectors([LatticeDirection(1, 1, 0), PlaneNormal(0, 0, 1), PlaneNormal(1, 1, 0), (0, 3, 0)], cell)
    expected = np.array([a + b, np.cross(a, b), np.cross(b, c) + np.cross(c, a), [0, 1, 0]])
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-12)


def test_lattice_directions_need_three_lattice_vectors() -> None:
    with pytest.raises(ValueError, match=r"uvw\[1 1 0\] needs three lattice vectors"):
        unit_vectors([LatticeDirection(1, 1, 0)], Cell.new([3.0, 3.0, 0.0]))


def test_a_scan_turns_about_its_axis() -> None:
    scan = scan_directions((0, 0, 1), n_steps=2)
    assert [direction.label for direction in scan] == ["scan0(0 0 1)", "scan90(0 0 1)", "scan180(0 0 1)"]
    np.testing.assert_allclose([d.vector() for d in scan], [[1, 0, 0], [0, 1, 0], [-1, 0, 0]], atol=1e-12)
    with pytest.raises(ValueError, match="at least 1 step"):
        scan_directions((0, 0, 1), n_steps=0)
