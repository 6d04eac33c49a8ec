"""Splits of databases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from schnetpack.data import ASEAtomsData

from schnetpack_isd.data import MoleculeSplit

Parts = list[list[int]]


def split(dataset: ASEAtomsData, splitting: MoleculeSplit) -> Parts:
    return splitting.split(dataset, *splitting.sizes(dataset))


def key_values(dataset: ASEAtomsData, key: str) -> list:
    return [row[key] for row in dataset.conn.select(include_data=False)]


def reordered(dataset: ASEAtomsData, path: Path, keep_smiles: bool = True) -> tuple[ASEAtomsData, np.ndarray]:
    """A database with the rows in another order, and their numbers in the original one."""
    order = np.random.default_rng(0).permutation(len(dataset))
    shuffled = ASEAtomsData.create(str(path), distance_unit="Ang", property_unit_dict={})
    with shuffled.conn as connection:
        for row in order:
            source = dataset.conn.get(int(row) + 1)
            keys = {k: source[k] for k in ("molecule_id", "smiles") if keep_smiles or k != "smiles"}
            connection.write(source.toatoms(), key_value_pairs=keys)
    return shuffled, order
