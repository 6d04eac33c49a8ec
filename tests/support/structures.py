"""Structures and batches of them."""

from __future__ import annotations

import numpy as np
import torch
from ase import Atoms
from ase.build import bulk, molecule
from schnetpack.atomistic import PairwiseDistances
from schnetpack.interfaces import AtomsConverter
from schnetpack.transform import ASENeighborList

from .models import CUTOFF

Batch = dict[str, torch.Tensor]


def random_molecule(seed: int, n_atoms: int = 9) -> Atoms:
    """Random elements at random positions, no two closer than 0.9 A, one carbon at least."""
    rng = np.random.default_rng(seed)
    positions = [np.zeros(3)]
    while len(positions) < n_atoms:
        candidate = rng.uniform(-2.5, 2.5, 3)
        if min(np.linalg.norm(candidate - position) for position in positions) > 0.9:
            positions.append(candidate)
    return Atoms(numbers=[6, *rng.choice([1, 6, 7, 8, 9], n_atoms - 1)], positions=positions)


def random_rotation(seed: int) -> np.ndarray:
    """A proper rotation matrix."""
    matrix, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    return matrix * np.sign(np.linalg.det(matrix))


def structures() -> dict[str, Atoms]:
    """Random molecules, real ones, a crystal with a skewed cell, a lone atom, and atoms beyond the cutoff."""
    crystal = bulk("SiC", "zincblende", a=4.36)
    crystal.positions[1] += (0.1, -0.2, 0.15)
    return {
        "random": random_molecule(1),
        "ethanol": molecule("CH3CH2OH"),
        "crystal": crystal,
        "lone atom": Atoms("C", positions=[(0.3, 0.1, 0.0)]),
        "far apart": Atoms("CHC", positions=[(0, 0, 0), (1.1, 0, 0), (20, 0, 0)]),
    }


def make_batch(atoms: list[Atoms] | Atoms, directions: np.ndarray | None = None) -> Batch:
    """Inputs of a model in float64; directions (n_directions, 3) for all, or (n_structures, n_directions, 3)."""
    atoms = atoms if isinstance(atoms, list) else [atoms]
    batch = AtomsConverter(ASENeighborList(cutoff=CUTOFF), dtype=torch.float64)(atoms)
    if directions is not None:
        directions = np.broadcast_to(directions, (len(atoms), *np.shape(directions)[-2:]))
        batch["direction"] = torch.tensor(directions, dtype=torch.float64)
    return batch


def batch_of_two(directions: np.ndarray) -> Batch:
    """Two charged molecules of 9 and 5 atoms with 90 pairs, as a representation takes them."""
    batch = make_batch([random_molecule(1), random_molecule(2, n_atoms=5)], directions)
    batch["total_charge"] = torch.tensor([1.0, -1.0], dtype=torch.float64)
    return PairwiseDistances()(batch)
