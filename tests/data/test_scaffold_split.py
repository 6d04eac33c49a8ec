"""Splits by scaffold."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from ase.io import iread
from rdkit import Chem
from schnetpack.data import ASEAtomsData, AtomsDataModule
from support.splits import key_values, reordered, split

from schnetpack_isd.data import ScaffoldSplit
from schnetpack_isd.data.sources import iter_structures
from schnetpack_isd.datasets import SAMPLE_STRUCTURES
from schnetpack_isd.utils.rdkit import murcko_scaffold, perceive_smiles


@pytest.fixture(scope="module")
def dataset(sample_db: str) -> ASEAtomsData:
    return ASEAtomsData(sample_db)


def test_scaffolds_of_the_test_part_are_new_and_small(dataset: ASEAtomsData) -> None:
    scaffolds = np.array([murcko_scaffold(smiles) for smiles in key_values(dataset, "smiles")])
    train, val, test = split(dataset, ScaffoldSplit((0.7, 0.1, 0.2)))
    of_train, of_val, of_test = (set(scaffolds[part]) for part in (train, val, test))
    assert of_train.isdisjoint(of_test)
    assert of_train.isdisjoint(of_val)
    assert of_val.isdisjoint(of_test)
    assert 0.6 * 685 < len(train) <= 0.7 * 685
    counts = {scaffold: np.count_nonzero(scaffolds == scaffold) for scaffold in set(scaffolds)}
    assert min(counts[scaffold] for scaffold in of_train) >= max(counts[scaffold] for scaffold in of_test)


def test_scaffolds_by_the_rule_of_deepchem(tmp_path: Path) -> None:
    """Sets of 4, 3, 2, 2 and 1; among equals the one that begins last comes first."""
    smiles = [
        "C1CC1",
        "C1CCC1",
        "CC1CC1",
        "c1ccccc1",
        "C1CCC1C",
        "Cc1ccccc1",
        "OC1CC1",
        "C1CCCC1",
        "CC1CCCC1",
        "NC1CC1",
        "Oc1ccccc1",
        "C1CO1",
    ]
    database = ASEAtomsData.create(str(tmp_path / "in.db"), distance_unit="Ang", property_unit_dict={})
    for number, text in enumerate(smiles):
        atoms = next(iread(SAMPLE_STRUCTURES))
        database.conn.write(atoms, key_value_pairs={"molecule_id": number, "smiles": text})
    assert ScaffoldSplit().sizes(database) == (7, 2, 3)  # of 7.2, 2.4 and 2.4
    assert split(database, ScaffoldSplit()) == [[0, 2, 6, 9, 3, 5, 10], [7, 8], [1, 4, 11]]


def test_smiles_are_perceived_where_there_are_none(dataset: ASEAtomsData, tmp_path: Path) -> None:
    """Except for two molecules, which rearranged when they were relaxed."""
    different = {
        number
        for number, atoms in iter_structures(SAMPLE_STRUCTURES, range(10**6))
        if Chem.CanonSmiles(perceive_smiles(atoms), useChiral=0) != Chem.CanonSmiles(atoms.info["smiles"], useChiral=0)
    }
    assert len(different) == 2
    other, _ = reordered(dataset, tmp_path / "other.db", keep_smiles=False)
    train, _, test = split(other, ScaffoldSplit())
    scaffold_of = dict(zip(*(key_values(dataset, key) for key in ("molecule_id", "smiles")), strict=True))
    scaffold_of = {number: murcko_scaffold(smiles) for number, smiles in scaffold_of.items() if number not in different}
    ids = key_values(other, "molecule_id")
    of_train, of_test = ({scaffold_of.get(ids[row]) for row in part} - {None} for part in (train, test))
    assert of_train.isdisjoint(of_test)


def test_molecules_without_a_scaffold_are_named(tmp_path: Path) -> None:
    database = ASEAtomsData.create(str(tmp_path / "in.db"), distance_unit="Ang", property_unit_dict={})
    for number, smiles in enumerate(["C1CC1", "C1CC1", "C1CC1", "nonsense", "C1CCC1", "C"]):
        atoms = next(iread(SAMPLE_STRUCTURES))
        database.conn.write(atoms, key_value_pairs={"molecule_id": number, "smiles": smiles})
    with pytest.warns(UserWarning, match="RDKit finds no scaffold for 1 molecules; each is a set by itself: 3"):
        parts = split(database, ScaffoldSplit())
    assert sorted(chain(*parts)) == list(range(6))


def test_schnetpacks_data_module_splits_by_scaffold(sample_db: str, dataset: ASEAtomsData) -> None:
    n_train, n_val, n_test = ScaffoldSplit().sizes(dataset)
    arguments = {"split_file": None, "splitting": ScaffoldSplit(), "num_workers": 0}
    module = AtomsDataModule(sample_db, 8, num_train=n_train, num_val=n_val, **arguments)
    module.setup()
    assert [module.train_idx, module.val_idx, module.test_idx] == split(dataset, ScaffoldSplit())
    module = AtomsDataModule(sample_db, 8, num_train=n_train + 1, num_val=n_val, **arguments)
    made = rf"\({n_train}, {n_val}, {n_test}\)"
    with pytest.raises(ValueError, match=rf"scaffolds make parts of {made} molecules, not \({n_train + 1}"):
        module.setup()
