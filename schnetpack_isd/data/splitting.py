"""Splits of a data set by molecule, each with a seed of its own."""

from __future__ import annotations

import math
import os
import warnings
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

import numpy as np
import torch
from ase import Atoms
from hydra.utils import to_absolute_path
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData, SplittingStrategy
from schnetpack.data.splitting import absolute_split_sizes
from tqdm import tqdm

from schnetpack_isd import properties
from schnetpack_isd.metadata import open_database
from schnetpack_isd.utils.files import atomic_write, process_lock
from schnetpack_isd.utils.rdkit import murcko_scaffold, perceive_smiles
from schnetpack_isd.utils.text import shorten

from .stored_rows import StoredRow, stored_rows

__all__ = [
    "MoleculeSplit",
    "PaperSplit",
    "ScaffoldSplit",
    "SizeSplit",
    "paper_split_sizes",
    "read_split",
    "write_split",
]


Value = TypeVar("Value")


def by_id(datapath: str, value: Callable[[StoredRow], Value]) -> tuple[NDArray[np.int64], list[int], list[Value]]:
    """Rows of a converted database in the order of the molecules' ids: row from 0, id, and a value of each."""
    found = []
    for row in tqdm(stored_rows(datapath), "reading molecules", delay=2.0):  # perceiving bonds takes long
        if properties.molecule_id not in row.keys:
            raise ValueError(f"{datapath}: row {row.id} has no `molecule_id`; make databases with `spkisd convert`.")
        found.append((int(row.keys[properties.molecule_id]), row.id - 1, value(row)))
    found.sort(key=lambda entry: entry[0])
    ids, rows, values = (list(column) for column in zip(*found, strict=True))
    return np.array(rows), ids, values


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
            metric_file: the authors' ``metric_dict_random_split.pt`` (doi:10.5281/zenodo.10547719), relative to the
                folder that a Hydra application was started in.
        """
        super().__init__()
        self.seed = seed
        self.metric_file = None if metric_file is None else to_absolute_path(str(metric_file))

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
        rows, ids, _ = by_id(dataset.datapath, lambda row: row.id)
        if self.metric_file is None:
            return self._draw(rows, *split_sizes)
        row_of = dict(zip(ids, rows.tolist(), strict=True))
        published = _published_ids(self.metric_file)
        unknown = [i for part in published for i in part if i not in row_of]
        if unknown:
            raise ValueError(
                f"{self.metric_file} has {len(unknown)} molecules that {dataset.datapath} has not: {shorten(unknown)}."
            )
        parts = [[row_of[i] for i in part] for part in published]
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
    randomness in it. A set stays whole, so that the parts have about the proportions asked for.

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
        """Sizes of the parts that the scaffolds make."""
        return tuple(map(len, self._fill(scaffold_sets(dataset.datapath))))

    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database, see the base class; sizes other than :meth:`sizes` cannot be had.

        Raises:
            ImportError: RDKit is not installed.

        Warns:
            UserWarning: there are molecules whose scaffold is not known; each makes a set of its own.
        """
        parts = self._fill(scaffold_sets(dataset.datapath))
        made = tuple(map(len, parts))
        if _check_sizes(sum(made), *split_sizes) != made:
            raise ValueError(
                f"With the fractions {self.fractions}, scaffolds make parts of {made} molecules, not {split_sizes}: "
                "ask for no numbers, or for these."
            )
        return parts

    def _fill(self, sets: list[list[int]]) -> list[list[int]]:
        n_molecules = sum(map(len, sets))
        n_train, n_train_and_val = self.fractions[0] * n_molecules, sum(self.fractions[:2]) * n_molecules
        train, val, test = [], [], []
        for members in sets:
            if len(train) + len(members) <= n_train:
                train += members
            elif len(train) + len(val) + len(members) <= n_train_and_val:
                val += members
            else:
                test += members
        return [train, val, test]


def scaffold_sets(datapath: str) -> list[list[int]]:
    """Rows of the molecules of each scaffold, the largest sets first; among equals, the one that begins last."""
    rows, ids, scaffolds = by_id(datapath, _scaffold)
    unknown = [molecule_id for molecule_id, scaffold in zip(ids, scaffolds, strict=True) if scaffold is None]
    if unknown:
        warnings.warn(
            f"RDKit finds no scaffold of {len(unknown)} molecules; each makes a set of its own: {shorten(unknown)}.",
            stacklevel=3,
        )
    sets = defaultdict(list)
    for position, scaffold in enumerate(scaffolds):
        sets[position if scaffold is None else scaffold].append(position)
    ordered = sorted(sets.values(), key=lambda positions: (len(positions), positions[0]), reverse=True)
    return [rows[positions].tolist() for positions in ordered]


def _scaffold(row: StoredRow) -> str | None:
    try:
        return murcko_scaffold(row.keys.get("smiles") or perceive_smiles(Atoms(row.numbers, row.positions)))
    except ValueError:
        return None


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
        rows, _, heavy = by_id(dataset.datapath, lambda row: np.count_nonzero(row.numbers > 1))
        small = np.array(heavy) <= self.max_heavy_atoms
        return rows[small], rows[~small]


def write_split(splitting: MoleculeSplit, datapath: str, path: str | os.PathLike) -> tuple[int, int, int]:
    """Write a split file of SchNetPack's kind, with the rows of the parts as `train_idx`, `val_idx` and `test_idx`.

    Args:
        splitting: the split.
        datapath: converted database.
        path: file to write, ending in ``.npz``.

    Returns:
        Sizes of the parts.

    Raises:
        FileExistsError: the file exists.
        ValueError: the name does not end in ``.npz``, or the database cannot be read or split.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"{path}: the name of a split file must end in .npz.")
    dataset = open_database(datapath)
    train, val, test = splitting.split(dataset, *splitting.sizes(dataset))
    with process_lock(path):
        if path.exists():
            raise FileExistsError(f"{path} exists.")
        with atomic_write(path) as aside:
            np.savez(aside, train_idx=train, val_idx=val, test_idx=test)
    return len(train), len(val), len(test)


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


def read_split(path: str | os.PathLike[str], n_rows: int) -> tuple[list[int], list[int], list[int]]:
    """Read a split file, and check that it fits a database.

    Args:
        path: file that a training or :func:`write_split` has written.
        n_rows: number of rows of the database.

    Returns:
        Row numbers, from 0, of the training, validation and test parts.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: it is not a split file, or has rows that the database does not have.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file.")
    try:
        with np.load(path) as split:
            train, val, test = (split[name].astype(int).tolist() for name in ("train_idx", "val_idx", "test_idx"))
    except (KeyError, ValueError, TypeError, AttributeError, EOFError, BadZipFile) as error:
        raise ValueError(
            f"{path} is not a split file (an .npz with train_idx, val_idx and test_idx); trainings and `spkisd split` "
            "write them."
        ) from error
    largest = max(train + val + test, default=0)
    if largest >= n_rows:
        raise ValueError(
            f"{path} has row {largest}, but the database has {n_rows} rows: it is the split of another database."
        )
    return train, val, test
