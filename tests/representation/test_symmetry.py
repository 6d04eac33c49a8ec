"""Symmetries of predicted spectra: eqn (2), batching, order and length of the inputs; in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from ase import Atoms
from support.structures import make_batch, random_molecule, random_rotation, structures

DIRECTIONS = np.random.default_rng(7).standard_normal((4, 3))
STRUCTURES = structures()


def spectra(model: Callable, atoms: list[Atoms] | Atoms, directions: np.ndarray = DIRECTIONS) -> torch.Tensor:
    return model(make_batch(atoms, directions))["spectrum"].detach()


def assert_equal(one: torch.Tensor, other: torch.Tensor, tolerance: float = 1e-10) -> None:
    assert one.shape == other.shape
    assert (one - other).abs().max() <= tolerance * one.abs().max()


def transformed(atoms: Atoms, matrix: np.ndarray, shift: np.ndarray | float = 0.0) -> Atoms:
    moved = atoms.copy()
    moved.set_cell(atoms.cell.array @ matrix.T)
    moved.positions = atoms.positions @ matrix.T + shift
    return moved


@pytest.mark.parametrize("name", STRUCTURES)
def test_inverted_directions_give_the_same_spectra(make_either_model: Callable, name: str) -> None:
    model, atoms = make_either_model(), STRUCTURES[name]
    assert_equal(spectra(model, atoms), spectra(model, atoms, -DIRECTIONS))


@pytest.mark.parametrize("name", STRUCTURES)
def test_an_inverted_structure_has_the_same_spectra(make_either_model: Callable, name: str) -> None:
    model, atoms = make_either_model(), STRUCTURES[name]
    assert_equal(spectra(model, atoms), spectra(model, transformed(atoms, -np.eye(3))))


@pytest.mark.parametrize("name", STRUCTURES)
def test_rotating_structure_and_directions_changes_nothing(make_either_model: Callable, name: str) -> None:
    model, atoms, rotation = make_either_model(), STRUCTURES[name], random_rotation(3)
    assert_equal(spectra(model, atoms), spectra(model, transformed(atoms, rotation), DIRECTIONS @ rotation.T))


@pytest.mark.parametrize("name", STRUCTURES)
def test_translation_changes_nothing(make_either_model: Callable, name: str) -> None:
    model, atoms, shift = make_either_model(), STRUCTURES[name], np.array([0.3, -1.2, 0.7])
    assert_equal(spectra(model, atoms), spectra(model, transformed(atoms, np.eye(3), shift)))


def test_spectra_depend_on_the_direction(make_either_model: Callable) -> None:
    reference = spectra(make_either_model(), random_molecule(1))
    rotated = spectra(make_either_model(), random_molecule(1), DIRECTIONS @ random_rotation(3).T)
    assert (reference - rotated).abs().max() > 1e-3 * reference.abs().max()


def test_without_the_symmetric_message_inversion_breaks(make_either_model: Callable) -> None:
    model, atoms = make_either_model(symmetric_message=False), random_molecule(1)
    reference = spectra(model, atoms)
    for inverted in (spectra(model, atoms, -DIRECTIONS), spectra(model, transformed(atoms, -np.eye(3)))):
        assert (reference - inverted).abs().max() > 1e-4 * reference.abs().max()


def test_without_the_symmetric_message_rotations_still_change_nothing(make_either_model: Callable) -> None:
    model, atoms, rotation = make_either_model(symmetric_message=False), random_molecule(1), random_rotation(3)
    assert_equal(spectra(model, atoms), spectra(model, transformed(atoms, rotation), DIRECTIONS @ rotation.T))


@pytest.mark.parametrize("symmetric_message", [True, False])
def test_without_the_directional_embedding_nothing_depends_on_the_direction(
    make_either_model: Callable, symmetric_message: bool
) -> None:
    model = make_either_model(directional_embedding=False, symmetric_message=symmetric_message)
    result = spectra(model, random_molecule(1))
    assert_equal(result, result[:, :1].expand_as(result), tolerance=0.0)


@pytest.mark.parametrize("symmetric_message", [True, False])
def test_a_spectrum_does_not_depend_on_the_other_directions(
    make_either_model: Callable, symmetric_message: bool
) -> None:
    model, atoms = make_either_model(symmetric_message=symmetric_message), random_molecule(1)
    one_by_one = [spectra(model, atoms, DIRECTIONS[[number]]) for number in range(len(DIRECTIONS))]
    assert_equal(spectra(model, atoms), torch.cat(one_by_one, dim=1), tolerance=1e-12)


def test_the_length_of_a_direction_changes_nothing(make_either_model: Callable) -> None:
    lengths = np.array([[1e-4], [0.5], [3.0], [1e4]])
    one, other = (spectra(make_either_model(), random_molecule(1), u) for u in (DIRECTIONS, DIRECTIONS * lengths))
    assert_equal(one, other, tolerance=1e-12)


def test_batching_and_the_order_of_structures_change_nothing(make_either_model: Callable) -> None:
    model, atoms = make_either_model(), [*STRUCTURES.values(), random_molecule(2), random_molecule(3)]
    directions = np.random.default_rng(0).standard_normal((len(atoms), 2, 3))
    alone = [spectra(model, a, u) for a, u in zip(atoms, directions, strict=True)]
    assert_equal(torch.cat(alone), spectra(model, atoms, directions), tolerance=1e-12)
    order = np.random.default_rng(1).permutation(len(atoms))
    shuffled = spectra(model, [atoms[i] for i in order], directions[order])
    assert_equal(torch.cat([alone[i] for i in order]), shuffled, tolerance=1e-12)


@pytest.mark.parametrize("name", ["random", "crystal"])
def test_the_order_of_atoms_changes_nothing(make_either_model: Callable, name: str) -> None:
    model, atoms = make_either_model(), STRUCTURES[name]
    order = np.random.default_rng(1).permutation(len(atoms))
    reference = model(make_batch(atoms, DIRECTIONS))
    permuted = model(make_batch(atoms[order], DIRECTIONS))
    where = [int(np.flatnonzero(order == atom)[0]) for atom in reference["site_atom"].tolist()]
    row_of_atom = {atom: row for row, atom in enumerate(permuted["site_atom"].tolist())}
    rows = [row_of_atom[atom] for atom in where]
    assert_equal(reference["spectrum"].detach(), permuted["spectrum"].detach()[rows], tolerance=1e-12)


def test_vector_features_rotate_with_structure_and_direction(make_either_model: Callable) -> None:
    model, atoms, rotation = make_either_model(), random_molecule(1), random_rotation(3)

    def vectors(atoms: Atoms, directions: np.ndarray) -> torch.Tensor:
        batch = make_batch(atoms, directions)
        model(batch)
        return batch["vector_representation"].detach()

    reference = vectors(atoms, DIRECTIONS)
    rotated = vectors(transformed(atoms, rotation), DIRECTIONS @ rotation.T)
    assert_equal(torch.einsum("ab,ndbf->ndaf", torch.tensor(rotation), reference), rotated)
    assert_equal(-reference, vectors(atoms, -DIRECTIONS))
    assert_equal(reference, vectors(transformed(atoms, -np.eye(3)), DIRECTIONS))


def test_gradients_are_finite_where_vectors_vanish(make_either_model: Callable) -> None:
    model = make_either_model(directional_embedding=False)
    batch = make_batch([STRUCTURES["lone atom"], STRUCTURES["random"]], DIRECTIONS)
    batch["_positions"].requires_grad_()
    model(dict(batch))["spectrum"].sum().backward()
    assert batch["_positions"].grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)
