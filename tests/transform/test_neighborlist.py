"""Neighbours of molecules."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from schnetpack.interfaces import AtomsConverter
from schnetpack.transform import MatScipyNeighborList
from support.structures import random_molecule, structures

from schnetpack_isd.transform import MoleculeNeighborList


@pytest.mark.parametrize("number", range(5))
def test_neighbours_of_molecules_are_those_of_matscipy(number: int) -> None:
    atoms = [random_molecule(7, 12), molecule("C6H6"), Atoms("C"), *(structures()[k] for k in ("crystal", "far apart"))]
    pairs = []
    for neighbour_list in (MoleculeNeighborList(cutoff=3.0), MatScipyNeighborList(cutoff=3.0)):
        inputs = AtomsConverter(neighbour_list, dtype=torch.float64)(atoms[number])
        columns = (inputs["_idx_i"][:, None], inputs["_idx_j"][:, None], inputs["_offsets"])
        pairs.append(sorted(torch.cat(columns, dim=1).tolist()))
    np.testing.assert_allclose(*pairs, atol=1e-12)


def test_large_molecules_have_the_neighbours_of_matscipy(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = AtomsConverter(MoleculeNeighborList(cutoff=3.0))(molecule("C6H6"))
    called, build = [], MatScipyNeighborList._build_neighbor_list

    def record(self: MatScipyNeighborList, numbers: torch.Tensor, *arguments: object) -> tuple[torch.Tensor, ...]:
        called.append(len(numbers))
        return build(self, numbers, *arguments)

    monkeypatch.setattr(MatScipyNeighborList, "_build_neighbor_list", record)
    monkeypatch.setattr(MoleculeNeighborList, "max_atoms", 5)
    other = AtomsConverter(MoleculeNeighborList(cutoff=3.0))(molecule("C6H6"))
    pairs = [set(zip(batch["_idx_i"].tolist(), batch["_idx_j"].tolist(), strict=True)) for batch in (inputs, other)]
    assert pairs[0] == pairs[1]
    assert called == [12]
