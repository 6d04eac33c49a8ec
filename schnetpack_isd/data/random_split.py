"""Random split of a database in which all geometries of a molecule are in one part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from schnetpack_isd import properties

from .splitting import FractionSplit, by_id
from .stored_rows import StoredRow

__all__ = ["RandomSplit"]


class RandomSplit(FractionSplit):
    """Split by molecule at random; other geometries of a molecule (the key `variant_of`) go where it goes.

    It depends on the ids, the seed and `added` only. If molecules that join the data later are in `added`, the others
    stay in their parts.
    """

    sets = "geometries of the same molecules"

    def __init__(
        self,
        fractions: Sequence[float] = (0.8, 0.1, 0.1),
        seed: int = 0,
        added: Sequence[Sequence[int]] = (),
    ) -> None:
        """Choose the proportions.

        Args:
            fractions: proportions of the molecules in the training, validation and test parts.
            seed: seed of the split.
            added: first and last ids of groups of molecules that were added later. Each group is split by itself, in
                the same proportions, and so are all other molecules.

        Raises:
            ValueError: the fractions are not three positive numbers that add up to 1, or the ids of a group are not a
                pair in ascending order.
        """
        super().__init__(fractions)
        if not all(isinstance(group, Sequence) and len(group) == 2 and group[0] <= group[1] for group in added):
            raise ValueError(f"`added` must have the first and the last id of each group, not {added}.")
        self.seed = seed
        self.added = tuple((first, last) for first, last in added)

    def divide(self, molecules: Iterable[int]) -> list[list[int]]:
        """Return the ids of the molecules of the three parts.

        Args:
            molecules: ids of the molecules.

        Returns:
            Ids in the training, validation and test parts.
        """
        groups: defaultdict[tuple[int, int] | None, list[int]] = defaultdict(list)
        for molecule in sorted(set(molecules)):
            group = next((group for group in self.added if group[0] <= molecule <= group[1]), None)
            groups[group].append(molecule)
        parts: list[list[int]] = [[], [], []]
        for members in groups.values():
            drawn = np.random.default_rng(self.seed).permutation(members).tolist()
            ends = [round(sum(self.fractions[:n]) * len(drawn)) for n in range(4)]
            for part, (first, last) in zip(parts, pairwise(ends), strict=True):
                part += drawn[first:last]
        return parts

    def _parts(self, datapath: str) -> list[list[int]]:
        rows, _, molecules = by_id(datapath, _molecule)
        members: defaultdict[int, list[int]] = defaultdict(list)
        for row, molecule in zip(rows.tolist(), molecules, strict=True):
            members[molecule].append(row)
        return [[row for molecule in part for row in members[molecule]] for part in self.divide(members)]


def _molecule(row: StoredRow) -> int:
    return int(row.keys.get(properties.variant_of, row.keys[properties.molecule_id]))
