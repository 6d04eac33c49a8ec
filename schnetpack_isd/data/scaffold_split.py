"""Split of a database by the scaffolds of its molecules."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Sequence

from ase import Atoms

from schnetpack_isd.utils.rdkit import murcko_scaffold, perceive_smiles
from schnetpack_isd.utils.text import shorten

from .splitting import FractionSplit, by_id
from .stored_rows import StoredRow

__all__ = ["ScaffoldSplit"]


class ScaffoldSplit(FractionSplit):
    """Split by Bemis-Murcko scaffold, so that test molecules have scaffolds that training has not seen.

    Sets of molecules with a common scaffold are sorted by size. The largest go to the training part as long as there
    is room, then to validation, then to test, as in DeepChem's `ScaffoldSplitter`, which the authors use. Nothing is
    random. A set stays whole, so that the parts have approximately the given proportions.

    SMILES come from the database, or else are perceived from the structure. Needs RDKit. Splitting
    warns of molecules whose scaffolds are unknown; each of them is a set by itself.
    """

    sets = "scaffolds"

    def __init__(self, fractions: Sequence[float] = (0.6, 0.2, 0.2)) -> None:
        """Choose the proportions.

        Args:
            fractions: proportions of the training, validation and test parts; by default the authors'.

        Raises:
            ValueError: the fractions are not three positive numbers that add up to 1.
        """
        super().__init__(fractions)

    def _parts(self, datapath: str) -> list[list[int]]:
        return self._fill(scaffold_sets(datapath))

    def _fill(self, sets: list[list[int]]) -> list[list[int]]:
        n_molecules = sum(map(len, sets))
        n_train, n_train_and_val = self.fractions[0] * n_molecules, sum(self.fractions[:2]) * n_molecules
        train: list[int] = []
        val: list[int] = []
        test: list[int] = []
        for members in sets:
            if len(train) + len(members) <= n_train:
                train += members
            elif len(train) + len(val) + len(members) <= n_train_and_val:
                val += members
            else:
                test += members
        return [train, val, test]


def scaffold_sets(datapath: str) -> list[list[int]]:
    """Return the rows of the molecules of each scaffold, largest sets first; among equals, the one that begins last."""
    rows, ids, scaffolds = by_id(datapath, _scaffold)
    unknown = [molecule_id for molecule_id, scaffold in zip(ids, scaffolds, strict=True) if scaffold is None]
    if unknown:
        warnings.warn(
            f"RDKit finds no scaffold for {len(unknown)} molecules; each is a set by itself: {shorten(unknown)}.",
            stacklevel=4,
        )
    sets: defaultdict[int | str, list[int]] = defaultdict(list)
    for position, scaffold in enumerate(scaffolds):
        sets[position if scaffold is None else scaffold].append(position)
    ordered = sorted(sets.values(), key=lambda positions: (len(positions), positions[0]), reverse=True)
    return [rows[positions].tolist() for positions in ordered]


def _scaffold(row: StoredRow) -> str | None:
    try:
        return murcko_scaffold(row.keys.get("smiles") or perceive_smiles(Atoms(row.numbers, row.positions)))
    except ValueError:
        return None
