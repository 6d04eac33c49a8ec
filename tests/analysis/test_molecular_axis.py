"""Axes of molecules."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import graphene, molecule
from support.structures import random_rotation

from schnetpack_isd.analysis.molecular_axis import MolecularAxis, choose_axis

AXES = [choose_axis(bond=(0, 3)), choose_axis(plane=(0, 1, 2)), choose_axis(plane=["all"])]


def same_axis(one: np.ndarray, other: np.ndarray) -> bool:
    return abs(abs(one @ other) - 1) < 1e-12


@pytest.mark.parametrize("axis", AXES, ids=lambda axis: axis.label)
def test_an_axis_of_atoms_turns_with_the_molecule(axis: MolecularAxis) -> None:
    benzene, rotation = molecule("C6H6"), random_rotation(0)
    turned = benzene.copy()
    turned.positions = benzene.positions @ rotation.T + (1.0, 2.0, 3.0)
    assert same_axis(axis.unit_vector(turned), rotation @ axis.unit_vector(benzene))


def test_axes_of_benzene_are_those_of_its_geometry() -> None:
    benzene = molecule("C6H6")  # flat in the xy plane; atoms 0 and 3 are opposite, on y
    bond, plane, best = (axis.unit_vector(benzene) for axis in AXES)
    assert same_axis(bond, np.array([0.0, 1.0, 0.0]))
    assert same_axis(plane, np.array([0.0, 0.0, 1.0]))
    assert same_axis(best, np.array([0.0, 0.0, 1.0]))
    assert same_axis(choose_axis((0, 0, -2)).unit_vector(benzene), np.array([0.0, 0.0, 1.0]))


def test_bonds_and_planes_take_the_nearest_images() -> None:
    sheet = graphene(size=(3, 3, 1), vacuum=5.0)
    sheet.pbc = True
    sheet.wrap()
    first, second = 0, int(np.argmax(sheet.positions[:, 0]))
    far = sheet.get_distance(first, second)
    near = sheet.get_distance(first, second, mic=True, vector=True)
    assert np.linalg.norm(near) < far
    assert same_axis(choose_axis(bond=(first, second)).unit_vector(sheet), near / np.linalg.norm(near))
    assert same_axis(choose_axis(plane=(0, 1, 7, 12)).unit_vector(sheet), np.array([0.0, 0.0, 1.0]))


def test_a_direction_of_a_lattice_is_an_axis() -> None:
    assert same_axis(choose_axis("hkl(0 0 1)").unit_vector(graphene(vacuum=5.0)), np.array([0.0, 0.0, 1.0]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Give the molecular axis in one way"),
        ({"axis": (0, 0, 1), "bond": (0, 1)}, "Give the molecular axis in one way"),
        ({"axis": (0, 0, 0)}, "must be finite and not zero"),
        ({"bond": (2, 2)}, "two different atoms, not atom 2 twice"),
        ({"bond": (-1, 2)}, "number of an atom, from 0, was expected, not -1"),
        ({"plane": ["1", "2"]}, "three or more different atoms, not 1, 2"),
        ({"plane": ["1", "2", "2"]}, "three or more different atoms, not 1, 2, 2"),
        ({"plane": ["C1", "2", "3"]}, "number of an atom, from 0, was expected, not 'C1'"),
    ],
)
def test_a_mistake_in_the_description_is_named(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choose_axis(**arguments)


@pytest.mark.parametrize(
    ("atoms", "axis", "message"),
    [
        (molecule("C6H6"), choose_axis(bond=(0, 12)), "no atom 12; the structure has atoms 0 to 11"),
        (Atoms("CC", [(0, 0, 0)] * 2), choose_axis(bond=(0, 1)), "are at the same place"),
        (molecule("C2H2"), choose_axis(plane=(0, 1, 2)), "lie in a line; choose others"),
        (molecule("C2H2"), choose_axis(plane=["all"]), "has 2 atoms other than hydrogen"),
        (molecule("isobutane"), choose_axis(plane=range(14)), "far from any plane"),
        (molecule("H2O"), choose_axis("uvw[1 0 0]"), "needs three lattice vectors"),
        (graphene(vacuum=5.0), choose_axis(plane=["all"]), "the structure is periodic; give the atoms"),
    ],
)
def test_an_axis_that_a_structure_does_not_have_is_explained(atoms: Atoms, axis: MolecularAxis, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        axis.unit_vector(atoms)
