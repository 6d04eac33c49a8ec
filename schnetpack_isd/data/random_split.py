"""Random split of a database in which all geometries of a molecule are in one part."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from schnetpack.data import ASEAtomsData

from schnetpack_isd import properties

from .splitting import MoleculeSplit, by_id, check_sizes
from .stored_rows import StoredRow

__all__ = ["RandomSplit"]


class RandomSplit(MoleculeSplit):
    """Split by molecule at random; other geometries of a molecule (the key `variant_of`) go where it goes.

    It depends on the ids and the seed only.
    """

    def __init__(self, fractions: Sequence[float] = (0.8, 0.1, 0.1), seed: int = 0) -> None:
        """Choose the proportions.

        Args:
            fractions: proportions of the molecules in the training, validation and test parts.
            seed: seed of the split.

        Raises:
            ValueError: the fractions are not three positive numbers that add up to 1.
        """
        super().__init__()
        if len(fractions) != 3 or min(fractions) <= 0 or not math.isclose(sum(fractions), 1.0):
            raise ValueError(f"`fractions` must be three positive numbers that add up to 1, not {list(fractions)}.")
        self.fractions = tuple(fractions)
        self.seed = seed

    def sizes(self, dataset: ASEAtomsData) -> tuple[int, int, int]:
        """Return the sizes that follow from the molecules."""
        train, val, test = self._draw(dataset.datapath)
        return len(train), len(val), len(test)

    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database, see the base class; the sizes must be those of :meth:`sizes`."""
        parts = self._draw(dataset.datapath)
        made = tuple(map(len, parts))
        if check_sizes(sum(made), *split_sizes) != made:
            raise ValueError(
                f"With the fractions {self.fractions}, the parts have {made} structures, not {split_sizes}; give no "
                "numbers, or these."
            )
        return parts

    def _draw(self, datapath: str) -> list[list[int]]:
        rows, _, molecules = by_id(datapath, _molecule)
        members: defaultdict[int, list[int]] = defaultdict(list)
        for row, molecule in zip(rows.tolist(), molecules, strict=True):
            members[molecule].append(row)
        drawn = np.random.default_rng(self.seed).permutation(sorted(members)).tolist()
        ends = [round(sum(self.fractions[:n]) * len(drawn)) for n in range(4)]
        return [[row for molecule in drawn[first:last] for row in members[molecule]] for first, last in pairwise(ends)]


def _molecule(row: StoredRow) -> int:
    return int(row.keys.get(properties.variant_of, row.keys[properties.molecule_id]))
