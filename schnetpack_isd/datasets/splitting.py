"""Splits of a data set by molecule, each with a seed of its own."""

from __future__ import annotations

import json
import math
import os
import warnings
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch
from ase import Atoms
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData, SplittingStrategy
from schnetpack.data.splitting import absolute_split_sizes
from tqdm import tqdm

from schnetpack_isd import properties
from schnetpack_isd.chemistry import murcko_scaffold, perceive_smiles

from .row_reader import connect_to_read

__all__ = ["MoleculeSplit", "PaperSplit", "ScaffoldSplit", "SizeSplit", "paper_split_sizes"]


@dataclass(frozen=True)
class Molecule:
    """What splits see of a row of a database."""

    row: int
    molecule_id: int
    numbers: NDArray[np.int32]
    positions: NDArray[np.float64]
    smiles: str | None


def read_molecules(datapath: str) -> list[Molecule]:
    """The molecules of a converted database, in the order of their ids."""
    query = "SELECT id, numbers, positions, key_value_pairs FROM systems"
    molecules = []
    with closing(connect_to_read(datapath)) as connection:
        for row, numbers, positions, keys in connection.execute(query):
            keys = json.loads(keys)
            if properties.molecule_id not in keys:
                raise ValueError(f"{datapath}: row {row} has no `molecule_id`; make databases with `spkisd convert`.")
            numbers, positions = np.frombuffer(numbers, np.int32), np.frombuffer(positions).reshape(-1, 3)
            molecule_id, smiles = int(keys[properties.molecule_id]), keys.get("smiles")
            molecules.append(Molecule(row - 1, molecule_id, numbers, positions, smiles))
    return sorted(molecules, key=lambda molecule: molecule.molecule_id)


class MoleculeSplit(SplittingStrategy):
    """Split of a converted database that knows its own sizes."""

    @abstractmethod
    def sizes(self, dataset: ASEAtomsData) -> tuple[int, int, int]:
        """Numbers of molecules to ask :meth:`split` for, unless others are wanted."""

    @abstractmethod
    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database.

        Args:
            dataset: the data set.
            *split_sizes: number of molecules to train on, to validate on, and to test on, or their fractions below 1;
                None: all others.

        Returns:
            Row numbers of the three parts.

        Raises:
            ValueError: the molecules do not make parts of these sizes.
        """


def paper_split_sizes(n_molecules: int) -> tuple[int, int, int]:
    """Sizes of the paper's split: 80/20 into the rest and test, the rest 80/20 into train and validation.

    A fifth is rounded up, as scikit-learn's ``train_test_split``, which the authors use, does: 21,666 molecules give
    13,865, 3,467 and 4,334.

    Args:
        n_molecules: number of molecules.

    Returns:
        Sizes of the training, validation and test parts.
    """
    n_test = math.ceil(0.2 * n_molecules)
    n_val = math.ceil(0.2 * (n_molecules - n_test))
    return n_molecules - n_test - n_val, n_val, n_test


class PaperSplit(MoleculeSplit):
    """Random split by molecule, as the authors make it (two calls of scikit-learn's ``train_test_split``).

    It depends on the ids and the seed alone: not on the order of the rows, nor on the seed of the training. The ids in
    the authors' metric file, where it is given, are taken instead, and compared.
    """

    def __init__(self, seed: int = 0, metric_file: str | os.PathLike | None = None) -> None:
        """Choose the seed.

        Args:
            seed: seed of the split; the authors' is 0.
            metric_file: the authors' ``metric_dict_random_split.pt`` (doi:10.5281/zenodo.10547719).
        """
        super().__init__()
        self.seed = seed
        self.metric_file = metric_file

    def sizes(self, dataset: ASEAtomsData) -> tuple[int, int, int]:
        """The paper's proportions, or the sizes of the authors' parts."""
        if self.metric_file is not None:
            return tuple(map(len, _published_ids(self.metric_file)))
        return paper_split_sizes(len(dataset))

    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database, see the base class.

        Warns:
            UserWarning: the parts in the metric file are not those of the seed.
        """
        molecules = read_molecules(dataset.datapath)
        rows = np.array([molecule.row for molecule in molecules])
        if self.metric_file is None:
            return self._draw(rows, *split_sizes)
        row_of = {molecule.molecule_id: molecule.row for molecule in molecules}
        ids = _published_ids(self.metric_file)
        unknown = [i for part in ids for i in part if i not in row_of]
        if unknown:
            raise ValueError(
                f"{self.metric_file} has {len(unknown)} molecules that {dataset.datapath} has not: {_few(unknown)}."
            )
        parts = [[row_of[i] for i in part] for part in ids]
        sizes = list(map(len, parts))
        if any(size not in (None, found) for size, found in zip(split_sizes, sizes, strict=True)):
            raise ValueError(f"{self.metric_file} has parts of {sizes} molecules, not {list(split_sizes)}.")
        if sum(sizes) != len(rows) or parts != self._draw(rows, *sizes):
            warnings.warn(
                f"The parts in {self.metric_file} are used; they are not those that seed {self.seed} draws from "
                f"{dataset.datapath}.",
                stacklevel=2,
            )
        return parts

    def _draw(self, rows: NDArray, *split_sizes: float | None) -> list[list[int]]:
        n_train, n_val, n_test = _check_sizes(len(rows), *split_sizes)
        rest, test = _cut(rows, n_test, self.seed)
        train, val = _cut(rest, n_val, self.seed)
        return [train[:n_train].tolist(), val.tolist(), test.tolist()]


class ScaffoldSplit(MoleculeSplit):
    """Split by Bemis-Murcko scaffold, so that test molecules have scaffolds that training has not seen.

    The largest sets of molecules with a common scaffold come first, and go to the training part as long as there is
    room, then to validation, then to test: what DeepChem's `ScaffoldSplitter`, which the authors use, does. There is no
    randomness in it. A set stays whole, so that the parts have about the sizes asked for.

    SMILES are those in the database; where there are none, they are perceived from the structure. Needs RDKit.
    """

    def __init__(self, fractions: Sequence[float] = (0.6, 0.2, 0.2)) -> None:
        """Choose the proportions.

        Args:
            fractions: of molecules to train on, to validate on, to test on; those of the authors by default.

        Raises:
            ValueError: they are not three positive numbers that add up to 1.
        """
        super().__init__()
        if len(fractions) != 3 or min(fractions) <= 0 or not math.isclose(sum(fractions), 1.0):
            raise ValueError(f"`fractions` must be three positive numbers that add up to 1, not {list(fractions)}.")
        self.fractions = tuple(fractions)

    def sizes(self, dataset: ASEAtomsData) -> tuple[int, int, int]:
        """Numbers by the fractions."""
        n_molecules = len(dataset)
        n_train = math.floor(self.fractions[0] * n_molecules)
        n_val = math.floor((self.fractions[0] + self.fractions[1]) * n_molecules) - n_train
        return n_train, n_val, n_molecules - n_train - n_val

    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database, see the base class.

        Raises:
            ImportError: RDKit is not installed.

        Warns:
            UserWarning: there are molecules whose scaffold is not known; each makes a set of its own.
        """
        molecules = read_molecules(dataset.datapath)
        n_train, n_val, _ = _check_sizes(len(molecules), *split_sizes)
        train, val, test = [], [], []
        for members in scaffold_sets(molecules):
            if len(train) + len(members) <= n_train:
                train += members
            elif len(train) + len(val) + len(members) <= n_train + n_val:
                val += members
            else:
                test += members
        if not (train and val and test):
            raise ValueError(
                f"The scaffolds of {len(molecules)} molecules make parts of {len(train)}, {len(val)} and {len(test)}."
            )
        return [train, val, test]


def scaffold_sets(molecules: list[Molecule]) -> list[list[int]]:
    """Rows of the molecules of each scaffold, the largest sets first; among equals, the one that begins last."""
    sets, unknown = defaultdict(list), []
    for position, molecule in enumerate(tqdm(molecules, "finding scaffolds", disable=len(molecules) < 1000)):
        try:
            scaffold = murcko_scaffold(molecule.smiles or perceive_smiles(Atoms(molecule.numbers, molecule.positions)))
        except ValueError:
            scaffold = f"molecule {molecule.molecule_id}"
            unknown.append(molecule.molecule_id)
        sets[scaffold].append(position)
    if unknown:
        warnings.warn(
            f"RDKit finds no scaffold of {len(unknown)} molecules; each makes a set of its own: {_few(unknown)}.",
            stacklevel=3,
        )
    ordered = sorted(sets.values(), key=lambda positions: (len(positions), positions[0]), reverse=True)
    return [[molecules[position].row for position in positions] for positions in ordered]


class SizeSplit(MoleculeSplit):
    """Train on small molecules, test on larger ones; validation is a random part of the small."""

    def __init__(self, max_heavy_atoms: int = 7, val_fraction: float = 0.2, seed: int = 0) -> None:
        """Choose the border.

        Args:
            max_heavy_atoms: atoms other than hydrogen that molecules to train and validate on have at most.
            val_fraction: fraction of these to validate on, rounded up.
            seed: seed of their choice.

        Raises:
            ValueError: the fraction is not between 0 and 1.
        """
        super().__init__()
        if not 0 < val_fraction < 1:
            raise ValueError(f"`val_fraction` must be between 0 and 1, not {val_fraction}.")
        self.max_heavy_atoms = max_heavy_atoms
        self.val_fraction = val_fraction
        self.seed = seed

    def sizes(self, dataset: ASEAtomsData) -> tuple[int, int, int]:
        """All molecules."""
        small, large = self._sort(dataset)
        n_val = math.ceil(self.val_fraction * len(small))
        return len(small) - n_val, n_val, len(large)

    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database, see the base class."""
        small, large = self._sort(dataset)
        n_train, n_val, n_test = _check_sizes(len(small) + len(large), *split_sizes)
        if n_train + n_val > len(small) or n_test > len(large):
            raise ValueError(
                f"{len(small)} molecules have at most {self.max_heavy_atoms} heavy atoms and {len(large)} have more; "
                f"{n_train} to train on, {n_val} to validate on and {n_test} to test on cannot be had."
            )
        train, val = _cut(small, n_val, self.seed)
        _, test = _cut(large, n_test, self.seed)
        return [train[:n_train].tolist(), val.tolist(), test.tolist()]

    def _sort(self, dataset: ASEAtomsData) -> tuple[NDArray, NDArray]:
        molecules = read_molecules(dataset.datapath)
        rows = np.array([molecule.row for molecule in molecules])
        heavy = np.array([np.count_nonzero(molecule.numbers > 1) for molecule in molecules])
        return rows[heavy <= self.max_heavy_atoms], rows[heavy > self.max_heavy_atoms]


def _cut(rows: NDArray, n_second: int, seed: int) -> tuple[NDArray, NDArray]:
    """What scikit-learn's ``train_test_split(rows, test_size=n_second, random_state=seed)`` gives."""
    shuffled = rows[np.random.RandomState(seed).permutation(len(rows))]
    return shuffled[n_second:], shuffled[:n_second]


def _check_sizes(n_molecules: int, *split_sizes: float | None) -> tuple[int, int, int]:
    """Sizes as numbers; SchNetPack has fractions, and None for all others."""
    n_train, n_val, n_test = absolute_split_sizes(n_molecules, split_sizes)
    if n_train + n_val + n_test > n_molecules or min(n_train, n_val, n_test) < 1:
        raise ValueError(
            f"{n_molecules} molecules cannot be split into {n_train} to train on, {n_val} to validate on and "
            f"{n_test} to test on."
        )
    return n_train, n_val, n_test


def _published_ids(metric_file: str | os.PathLike) -> list[list[int]]:
    """Ids of the molecules of the three parts, in the order of the authors' file."""
    try:
        metrics = torch.load(metric_file, map_location="cpu", weights_only=True)
        return [list(dict.fromkeys(metrics[part]["id_mol_site"][:, 0].tolist())) for part in ("train", "val", "test")]
    except FileNotFoundError:
        raise
    except Exception as error:  # whatever unpickling raises
        raise ValueError(
            f"{metric_file}: not a file like the authors' metric_dict_random_split.pt, which holds `id_mol_site` for "
            f"train, val and test ({error!r})."
        ) from error


def _few(ids: list[int]) -> str:
    return ", ".join(map(str, ids[:10])) + (", ..." if len(ids) > 10 else "")
