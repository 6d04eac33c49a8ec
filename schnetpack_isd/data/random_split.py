"""Random split of a database in which all geometries of a molecule are in one part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from schnetpack_isd import properties

from .splitting import FractionSplit, by_id
from .stored_rows import StoredRow

__all__ = ["RandomSplit"]


class RandomSplit(FractionSplit):
    """Split by molecule at random; other geometries of a molecule (the key `variant_of`) go where it goes.

    It depends on the ids and the seed only.
    """

    sets = "geometries of the same molecules"

    def __init__(self, fractions: Sequence[float] = (0.8, 0.1, 0.1), seed: int = 0) -> None:
        """Choose the proportions.

        Args:
            fractions: proportions of the molecules in the training, validation and test parts.
            seed: seed of the split.

        Raises:
            ValueError: the fractions are not three positive numbers that add up to 1.
        """
        super().__init__(fractions)
        self.seed = seed

    def _parts(self, datapath: str) -> list[list[int]]:
        rows, _, molecules = by_id(datapath, _molecule)
        members: defaultdict[int, list[int]] = defaultdict(list)
        for row, molecule in zip(rows.tolist(), molecules, strict=True):
            members[molecule].append(row)
        drawn = np.random.default_rng(self.seed).permutation(sorted(members)).tolist()
        ends = [round(sum(self.fractions[:n]) * len(drawn)) for n in range(4)]
        return [[row for molecule in drawn[first:last] for row in members[molecule]] for first, last in pairwise(ends)]


def _molecule(row: StoredRow) -> int:
    return int(row.keys.get(properties.variant_of, row.keys[properties.molecule_id]))
