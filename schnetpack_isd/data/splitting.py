"""Splits of a database by molecule, with seeds that are independent of the training."""

from __future__ import annotations

import math
import os
import warnings
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch
from hydra.utils import to_absolute_path
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData, SplittingStrategy
from schnetpack.data.splitting import absolute_split_sizes

from schnetpack_isd import properties
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import shorten

from .stored_rows import StoredRow, stored_rows

__all__ = ["FractionSplit", "MoleculeSplit", "PaperSplit", "SizeSplit", "by_id", "check_sizes", "paper_split_sizes"]

Value = TypeVar("Value")


class MoleculeSplit(SplittingStrategy):
    """Split of a converted database by molecule, with default sizes."""

    @abstractmethod
    def sizes(self, dataset: ASEAtomsData) -> tuple[int, int, int]:
        """Return the default sizes of the training, validation and test parts."""

    @abstractmethod
    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database.

        Args:
            dataset: the data set.
            *split_sizes: numbers of molecules in the training, validation and test parts, or fractions below 1; None
                stands for all others.

        Returns:
            Row numbers of the three parts.

        Raises:
            ValueError: parts of these sizes are impossible.
        """


class FractionSplit(MoleculeSplit):
    """Split into sets of structures that stay whole, in given proportions; the sizes follow from the sets.

    Attributes:
        fractions: proportions of the training, validation and test parts.
        sets: what the sets are, in messages.
    """

    sets: str

    def __init__(self, fractions: Sequence[float]) -> None:
        """Choose the proportions.

        Raises:
            ValueError: the fractions are not three positive numbers that add up to 1.
        """
        super().__init__()
        if len(fractions) != 3 or min(fractions) <= 0 or not math.isclose(sum(fractions), 1.0):
            raise ValueError(f"`fractions` must be three positive numbers that add up to 1, not {list(fractions)}.")
        self.fractions = tuple(fractions)

    def sizes(self, dataset: ASEAtomsData) -> tuple[int, int, int]:
        """Return the sizes that follow from the sets."""
        train, val, test = self._parts(dataset.datapath)
        return len(train), len(val), len(test)

    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database, see the base class; the sizes must be those of :meth:`sizes`."""
        parts = self._parts(dataset.datapath)
        made = tuple(map(len, parts))
        if check_sizes(sum(made), *split_sizes) != made:
            raise ValueError(
                f"With the fractions {self.fractions}, {self.sets} make parts of {made} molecules, not {split_sizes}; "
                "give no numbers, or these."
            )
        return parts

    @abstractmethod
    def _parts(self, datapath: str) -> list[list[int]]:
        """Return the row numbers of the three parts."""


class PaperSplit(MoleculeSplit):
    """Random split by molecule, as by the authors' two calls of scikit-learn's ``train_test_split``.

    It depends on the ids and the seed only, neither on the order of the rows nor on the seed of the training. If the
    authors' metric file is given, its ids are used instead, and compared.
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
        """Return the paper's proportions, or the sizes of the parts in the metric file."""
        if self.metric_file is not None:
            n_train, n_val, n_test = map(len, _published_ids(self.metric_file))
            return n_train, n_val, n_test
        return paper_split_sizes(len(dataset))

    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database, see the base class.

        Warns:
            UserWarning: the parts in the metric file differ from those of the seed.
        """
        rows, ids, _ = by_id(dataset.datapath, lambda row: row.id)
        if self.metric_file is None:
            return self._draw(rows, *split_sizes)
        row_of = dict(zip(ids, rows.tolist(), strict=True))
        published = _published_ids(self.metric_file)
        unknown = [i for part in published for i in part if i not in row_of]
        if unknown:
            raise ValueError(
                f"{self.metric_file} has {len(unknown)} molecules that {dataset.datapath} lacks: {shorten(unknown)}."
            )
        parts = [[row_of[i] for i in part] for part in published]
        sizes = list(map(len, parts))
        if any(size not in (None, found) for size, found in zip(split_sizes, sizes, strict=True)):
            raise ValueError(f"{self.metric_file} has parts of {sizes} molecules, not {list(split_sizes)}.")
        if sum(sizes) != len(rows) or parts != self._draw(rows, *sizes):
            warnings.warn(
                f"The parts in {self.metric_file} are used; they differ from those that seed {self.seed} draws from "
                f"{dataset.datapath}.",
                stacklevel=2,
            )
        return parts

    def _draw(self, rows: NDArray, *split_sizes: float | None) -> list[list[int]]:
        n_train, n_val, n_test = check_sizes(len(rows), *split_sizes)
        rest, test = cut(rows, n_test, self.seed)
        train, val = cut(rest, n_val, self.seed)
        return [train[:n_train].tolist(), val.tolist(), test.tolist()]


class SizeSplit(MoleculeSplit):
    """Split into small molecules, for training and (a random part of them) validation, and larger ones for test."""

    def __init__(
        self, max_heavy_atoms: int = 7, val_fraction: float = 0.2, seed: int = 0, test_kind: str | None = None
    ) -> None:
        """Choose the largest size of small molecules.

        Args:
            max_heavy_atoms: largest number of atoms other than hydrogen in a small molecule.
            val_fraction: fraction of the small molecules for validation, rounded up.
            seed: seed of their choice.
            test_kind: test on larger molecules of this kind only (the key `kind`); larger ones of other kinds are in
                no part.

        Raises:
            ValueError: the fraction is not between 0 and 1.
        """
        super().__init__()
        if not 0 < val_fraction < 1:
            raise ValueError(f"`val_fraction` must be between 0 and 1, not {val_fraction}.")
        self.max_heavy_atoms = max_heavy_atoms
        self.val_fraction = val_fraction
        self.seed = seed
        self.test_kind = test_kind

    def sizes(self, dataset: ASEAtomsData) -> tuple[int, int, int]:
        """Return sizes that include all molecules."""
        small, large = self._sort(dataset)
        n_val = math.ceil(self.val_fraction * len(small))
        return len(small) - n_val, n_val, len(large)

    def split(self, dataset: ASEAtomsData, *split_sizes: float | None) -> list[list[int]]:
        """Split a converted database, see the base class."""
        small, large = self._sort(dataset)
        n_train, n_val, n_test = check_sizes(len(small) + len(large), *split_sizes)
        if n_train + n_val > len(small) or n_test > len(large):
            raise ValueError(
                f"{len(small)} molecules have at most {self.max_heavy_atoms} heavy atoms and {len(large)} have more; "
                f"this is not enough for {n_train} to train on, {n_val} to validate on and {n_test} to test on."
            )
        train, val = cut(small, n_val, self.seed)
        _, test = cut(large, n_test, self.seed)
        return [train[:n_train].tolist(), val.tolist(), test.tolist()]

    def _check(self, small: NDArray, large: NDArray) -> None:
        if len(small) == 0 or len(large) == 0:
            which = "" if self.test_kind is None else f" and are of the kind {self.test_kind}"
            raise ValueError(
                f"{len(small)} molecules have at most {self.max_heavy_atoms} heavy atoms and {len(large)} have more"
                f"{which}; both parts need some. Choose another `max_heavy_atoms` (`--max-heavy-atoms`)."
            )

    def _sort(self, dataset: ASEAtomsData) -> tuple[NDArray, NDArray]:
        rows, _, found = by_id(
            dataset.datapath, lambda row: (np.count_nonzero(row.numbers > 1), row.keys.get(properties.kind))
        )
        is_small = np.array([n_heavy <= self.max_heavy_atoms for n_heavy, _ in found])
        is_wanted = np.array([self.test_kind in (None, kind) for _, kind in found])
        small, large = rows[is_small], rows[~is_small & is_wanted]
        self._check(small, large)
        return small, large


def paper_split_sizes(n_molecules: int) -> tuple[int, int, int]:
    """Return the sizes of the paper's split: 80/20 into rest and test, the rest 80/20 into training and validation.

    A fifth is rounded up, as in scikit-learn's ``train_test_split``, which the authors use: 21,666 molecules give
    13,865, 3,467 and 4,334.

    Args:
        n_molecules: number of molecules.

    Returns:
        Sizes of the training, validation and test parts.
    """
    n_test = math.ceil(0.2 * n_molecules)
    n_val = math.ceil(0.2 * (n_molecules - n_test))
    return n_molecules - n_test - n_val, n_val, n_test


def by_id(datapath: str, value: Callable[[StoredRow], Value]) -> tuple[NDArray[np.int64], list[int], list[Value]]:
    """Return the rows (from 0) of a converted database in the order of the ids, the ids, and a value of each row."""
    found = []
    for row in show_progress(stored_rows(datapath), "reading", unit="molecules"):  # perceiving bonds takes long
        if properties.molecule_id not in row.keys:
            raise ValueError(
                f"{datapath}: row {row.id} has no `molecule_id`; make databases of spectra with `spkisd convert`."
            )
        found.append((int(row.keys[properties.molecule_id]), row.id - 1, value(row)))
    found.sort(key=lambda entry: entry[0])
    ids, rows, values = (list(column) for column in zip(*found, strict=True))
    return np.array(rows), ids, values


def check_sizes(n_molecules: int, *split_sizes: float | None) -> tuple[int, int, int]:
    """Return sizes as numbers, from numbers, fractions and None for all others."""
    n_train, n_val, n_test = absolute_split_sizes(n_molecules, split_sizes)
    if n_train + n_val + n_test > n_molecules or min(n_train, n_val, n_test) < 1:
        raise ValueError(
            f"{n_molecules} molecules cannot be split into {n_train} to train on, {n_val} to validate on and "
            f"{n_test} to test on."
        )
    return n_train, n_val, n_test


def cut(rows: NDArray, n_second: int, seed: int) -> tuple[NDArray, NDArray]:
    """Divide rows as scikit-learn's ``train_test_split(rows, test_size=n_second, random_state=seed)`` does."""
    shuffled = rows[np.random.RandomState(seed).permutation(len(rows))]
    return shuffled[n_second:], shuffled[:n_second]


def _published_ids(metric_file: str | os.PathLike) -> list[list[int]]:
    """Return the ids of the molecules of the three parts, in the order of the authors' file."""
    try:
        metrics = torch.load(metric_file, map_location="cpu", weights_only=True)
        return [list(dict.fromkeys(metrics[part]["id_mol_site"][:, 0].tolist())) for part in ("train", "val", "test")]
    except FileNotFoundError:
        raise
    except Exception as error:  # unpickling raises errors of many kinds
        raise ValueError(
            f"{metric_file}: not a file such as the authors' metric_dict_random_split.pt, which holds `id_mol_site` "
            f"for train, val and test ({error!r})."
        ) from error
