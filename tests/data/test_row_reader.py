"""Fast reading of rows."""

from __future__ import annotations

import pickle

import pytest
import torch
from schnetpack.data import ASEAtomsData
from schnetpack.transform import CastTo32, MatScipyNeighborList

from schnetpack_isd.data import RowReader
from schnetpack_isd.transform import RandomDirections

TRANSFORMS = [MatScipyNeighborList(cutoff=3.0), CastTo32()]


def test_rows_are_those_of_schnetpack(sample_db: str) -> None:
    arguments = {"property_units": {"excitation_energy": "Ha"}, "distance_unit": "Bohr"}
    dataset = ASEAtomsData(sample_db, transforms=[*TRANSFORMS, RandomDirections()], **arguments).subset([4, 2])
    reader = pickle.loads(pickle.dumps(RowReader(dataset)))
    assert len(reader) == 2
    for number in range(2):
        row, expected = reader[number], dataset[number]
        assert row.keys() == expected.keys()
        for key, value in expected.items():
            assert row[key].dtype == value.dtype
            assert torch.equal(row[key], value), key


def test_a_row_that_does_not_exist_is_named(sample_db: str) -> None:
    with pytest.raises(IndexError, match="has no row 685"):
        RowReader(ASEAtomsData(sample_db))[685]
