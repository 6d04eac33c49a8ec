"""Random splits that keep the geometries of a molecule together, and tests on one kind of molecules."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from ase import Atoms
from ase.build import molecule
from schnetpack.data import ASEAtomsData
from support.splits import split

from schnetpack_isd.data import RandomSplit, SizeSplit

NAMES = ["CH4", "C2H6", "C2H4", "C3H8", "C6H6", "trans-butane"]


@pytest.fixture
def dataset(tmp_path: Path) -> ASEAtomsData:
    """Sixty molecules of two kinds, each third one with another geometry."""
    database = ASEAtomsData.create(str(tmp_path / "in.db"), distance_unit="Ang", property_unit_dict={})
    with database.conn as connection:
        for number in range(60):
            atoms: Atoms = molecule(NAMES[number % len(NAMES)])
            kind = "measured" if number % 4 == 0 else "further"
            connection.write(atoms, key_value_pairs={"molecule_id": number, "kind": kind})
            if number % 3 == 0:
                keys = {"molecule_id": 1000 + number, "variant_of": number, "kind": "distorted"}
                connection.write(atoms, key_value_pairs=keys)
    return database


def test_geometries_of_a_molecule_are_in_one_part(dataset: ASEAtomsData) -> None:
    parts = split(dataset, RandomSplit())
    assert sorted(chain(*parts)) == list(range(80))
    ids = [row["molecule_id"] for row in dataset.conn.select()]
    molecules = [{ids[row] % 1000 for row in part} for part in parts]
    assert [len(part) for part in molecules] == [48, 6, 6]
    assert not (molecules[0] & molecules[1] | molecules[0] & molecules[2] | molecules[1] & molecules[2])
    assert split(dataset, RandomSplit()) == parts
    assert split(dataset, RandomSplit(seed=1)) != parts


def test_added_molecules_leave_the_others_in_their_parts(dataset: ASEAtomsData) -> None:
    ids = [row["molecule_id"] for row in dataset.conn.select()]

    def of_molecules(parts: list[list[int]]) -> list[list[int]]:
        return [[ids[row] for row in part] for part in parts]

    before = of_molecules(split(dataset, RandomSplit(seed=1)))
    with dataset.conn as connection:
        for number in range(30, 50):
            connection.write(molecule("CH4"), key_value_pairs={"molecule_id": 10_000 + number})
    ids = [row["molecule_id"] for row in dataset.conn.select()]
    after = of_molecules(split(dataset, RandomSplit(seed=1, added=[(10_030, 10_049)])))
    assert [[number for number in part if number < 10_000] for part in after] == before
    assert [sum(number >= 10_000 for number in part) for part in after] == [16, 2, 2]
    assert of_molecules(split(dataset, RandomSplit(seed=1))) != after


def test_fractions_and_sizes_are_checked(dataset: ASEAtomsData) -> None:
    with pytest.raises(ValueError, match="three positive numbers that add up to 1"):
        RandomSplit((0.5, 0.5, 0.5))
    with pytest.raises(ValueError, match=r"first and the last id of each group, not \[5, 2\]"):
        RandomSplit(added=[5, 2])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="give no numbers, or these"):
        RandomSplit().split(dataset, 10, 10, None)


def test_larger_molecules_of_one_kind_are_the_test(dataset: ASEAtomsData) -> None:
    rows = list(dataset.conn.select())
    train, val, test = split(dataset, SizeSplit(3, test_kind="measured"))
    assert {rows[row]["kind"] for row in test} == {"measured"}
    heavy = [sum(rows[row].numbers > 1) for row in test]
    assert min(heavy) > 3
    assert len(train) + len(val) == sum(sum(row.numbers > 1) <= 3 for row in rows)
    with pytest.raises(ValueError, match="0 have more and are of the kind crystals"):
        split(dataset, SizeSplit(3, test_kind="crystals"))
