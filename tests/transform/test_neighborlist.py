"""Neighbours of molecules, chains, layers and crystals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk, graphene, molecule, nanotube
from numpy.typing import NDArray
from schnetpack.interfaces import AtomsConverter
from schnetpack.transform import MatScipyNeighborList
from support.structures import random_molecule, structures

from schnetpack_isd.transform import MoleculeNeighborList

CUTOFF = 4.0


def vectors(atoms: Atoms, dtype: torch.dtype = torch.float64) -> NDArray:
    """Pairs of atoms with the vectors between them as a model sees them (n_pairs, 5), in a definite order."""
    inputs = AtomsConverter(MoleculeNeighborList(cutoff=CUTOFF), dtype=dtype)(atoms)
    idx_i, idx_j = inputs["_idx_i"], inputs["_idx_j"]
    r_ij = inputs["_positions"][idx_j] - inputs["_positions"][idx_i] + inputs["_offsets"]
    return ordered(torch.cat([idx_i[:, None], idx_j[:, None], r_ij], dim=1).numpy())


def ordered(pairs: NDArray) -> NDArray:
    pairs = np.asarray(pairs, dtype=float).reshape(-1, 5)
    return pairs[np.lexsort(np.round(pairs + 0.00013, 3).T[::-1])]  # no component is at the edge of rounding


def by_definition(atoms: Atoms) -> NDArray:
    """The same from all pairs of atoms in a number of cells along the periodic axes."""
    cells = itertools.product(*(range(-12, 13) if periodic else (0,) for periodic in atoms.pbc))
    shifts = np.array(list(cells)) @ atoms.cell.array
    pairs = []
    for i, j in itertools.product(range(len(atoms)), repeat=2):
        r_ij = atoms.positions[j] - atoms.positions[i] + shifts
        distances = np.linalg.norm(r_ij, axis=1)
        pairs += [(i, j, *vector) for vector in r_ij[(distances < CUTOFF) & (distances > 0)]]
    return ordered(np.array(pairs))


def skewed(atoms: Atoms) -> Atoms:
    """The same crystal, with a cell that is leaned over."""
    atoms = atoms.copy()
    atoms.cell = np.array([[1, 0, 0], [2, 1, 0], [-1, 2, 1]]) @ atoms.cell.array
    return atoms


def unwrapped(atoms: Atoms) -> Atoms:
    """The same structure, with each atom in another cell."""
    atoms = atoms.copy()
    atoms.positions += np.outer(np.arange(len(atoms)) % 3, np.where(atoms.pbc, 1, 0)) @ atoms.cell.array
    return atoms


STRUCTURES = {
    "small molecule": random_molecule(7, 12),
    "benzene": molecule("C6H6"),
    "lone atom": Atoms("C"),
    "crystal": structures()["crystal"],
    "far apart": structures()["far apart"],
    "molecule in a box": Atoms("CO", [(0, 0, 0), (0, 0, 1.13)], cell=[9, 9, 9]),
    "layer": graphene(),
    "tube": nanotube(5, 0),
    "chain along y": Atoms("CH", [(0, 0, 0), (1.1, 0, 0)], cell=[0, 1.3, 0], pbc=[False, True, False]),
    "layer, third vector oblique and short": Atoms(
        "C2", [(0, 0, 0), (0, 1.42, 0)], cell=[(2.46, 0, 0), (-1.23, 2.13, 0), (0.1, 0, 1e-6)], pbc=[1, 1, 0]
    ),
    "layer, third vector in the plane": Atoms(
        "C2", [(0, 0, 0), (0, 1.42, 0)], cell=[(2.46, 0, 0), (-1.23, 2.13, 0), (2.46, 0, 0)], pbc=[1, 1, 0]
    ),
    "skewed diamond": skewed(bulk("C")),
    "unwrapped diamond": unwrapped(bulk("C", cubic=True)),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_vectors_are_those_to_all_atoms_within_the_cutoff(name: str) -> None:
    found, expected = vectors(STRUCTURES[name]), by_definition(STRUCTURES[name])
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("name", ["benzene", "crystal", "layer"])
@pytest.mark.parametrize("max_atoms", [5, 200])
def test_vectors_agree_with_matscipys_list(name: str, max_atoms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MoleculeNeighborList, "max_atoms", max_atoms)
    atoms = STRUCTURES[name].copy()
    found = vectors(atoms)
    if atoms.pbc.sum() == 2:
        atoms.center(vacuum=9.0, axis=2)
    inputs = AtomsConverter(MatScipyNeighborList(cutoff=CUTOFF), dtype=torch.float64)(atoms)
    idx_i, idx_j, r = inputs["_idx_i"], inputs["_idx_j"], inputs["_positions"]
    pairs = torch.cat([idx_i[:, None], idx_j[:, None], r[idx_j] - r[idx_i] + inputs["_offsets"]], dim=1)
    np.testing.assert_allclose(found, ordered(pairs.numpy()), atol=1e-9)


@pytest.mark.parametrize("name", ["benzene", "crystal", "layer", "tube"])
def test_vectors_are_exact_in_single_precision_far_from_the_origin(name: str) -> None:
    atoms = STRUCTURES[name].copy()
    expected = vectors(atoms)
    atoms.positions += (1e6, -2e6, 3e5)
    np.testing.assert_allclose(vectors(atoms, torch.float32), expected, atol=1e-6)


def test_vectors_are_exact_in_fragments_that_are_far_apart() -> None:
    one, other = molecule("C6H6"), molecule("CH4")
    other.positions += 1e6
    both = vectors(one + other, torch.float32)
    np.testing.assert_allclose(both[both[:, 0] < 12], vectors(one), atol=1e-6)
    np.testing.assert_allclose(both[both[:, 0] >= 12] - [12, 12, 0, 0, 0], vectors(other), atol=1e-6)


def test_vectors_are_exact_where_molecules_have_diffused_through_many_cells() -> None:
    atoms = STRUCTURES["unwrapped diamond"].copy()
    expected = vectors(atoms)
    atoms.positions[1] += 100_000 * atoms.cell[0]
    np.testing.assert_allclose(vectors(atoms, torch.float32), expected, atol=2e-6)


@pytest.mark.parametrize(
    ("atoms", "message"),
    [
        (Atoms("C2", [(0, 0, 0), (0, 0, 0.3)]), r"atoms 0 \(C\) and 1 \(C\) are 0\.3 Å apart"),
        (Atoms("CH", [(0, 0, 0), (0, 0, 0)]), r"atoms 0 \(C\) and 1 \(H\) are 0 Å apart"),
        (Atoms("CH", [(0, 0, 0), (0, 0, 2.8)], cell=[3, 3, 3], pbc=True), r"atoms 0 \(C\) and 1 \(H\) are 0\.2 Å"),
        (Atoms("C", pbc=True), "`pbc` is true along cell vector a, which is zero"),
        (Atoms("C", cell=[3, 3, 0], pbc=True), "`pbc` is true along cell vector c, which is zero"),
        (Atoms("C", cell=[3, 3, 1e-6], pbc=True), "atoms repeat every 1e-06 Å"),
        (Atoms("C", cell=[(3, 0, 0), (3, 0.1, 0), (0, 0, 3)], pbc=True), r"atoms repeat every 0\.1 Å"),
        (Atoms("C", cell=[(3, 0, 0), (6, 0, 0), (0, 0, 3)], pbc=True), "lie on a line or in a plane"),
        (Atoms("C", cell=[(3, 0, 0), (0, 3, 0), (1, 1, 0)], pbc=True), "lie on a line or in a plane"),
    ],
)  # fmt: skip
def test_structures_that_cannot_exist_are_refused(atoms: Atoms, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        vectors(atoms)
