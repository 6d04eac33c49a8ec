"""Splits of a data set by molecule, each with a seed of its own."""

from __future__ import annotations

import math

import numpy as np
from schnetpack.data import BaseAtomsData, SplittingStrategy

from schnetpack_isd import properties

__all__ = ["PaperSplit", "paper_split_sizes"]


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


class PaperSplit(SplittingStrategy):
    """Random split by molecule, as the authors make it (two calls of scikit-learn's ``train_test_split``).

    It depends on the ids and the seed alone: not on the order of the rows, nor on the seed of the training.
    """

    def __init__(self, seed: int = 0) -> None:
        """Choose the seed.

        Args:
            seed: seed of the split; the authors' is 0.
        """
        super().__init__()
        self.seed = seed

    def split(self, dataset: BaseAtomsData, *split_sizes: int | None) -> list[list[int]]:
        """Split a converted database.

        Args:
            dataset: the data set.
            *split_sizes: number of molecules to train on, to validate on, and to test on (None: all others).

        Returns:
            Row numbers of the three parts.

        Raises:
            ValueError: there are fewer molecules than the sizes add up to, or a part is empty.
        """
        rows = np.argsort([int(row[properties.molecule_id]) for row in dataset.conn.select(include_data=False)])
        n_train, n_val, n_test = split_sizes
        n_test = len(rows) - n_train - n_val if n_test is None else n_test
        if n_train + n_val + n_test > len(rows) or min(n_train, n_val, n_test) < 1:
            raise ValueError(
                f"{len(rows)} molecules cannot be split into {n_train} to train on, {n_val} to validate on and "
                f"{n_test} to test on."
            )
        rest, test = self._cut(rows, n_test)
        train, val = self._cut(rest, n_val)
        return [train[:n_train].tolist(), val.tolist(), test.tolist()]

    def _cut(self, rows: np.ndarray, n_second: int) -> tuple[np.ndarray, np.ndarray]:
        shuffled = rows[np.random.RandomState(self.seed).permutation(len(rows))]
        return shuffled[n_second:], shuffled[:n_second]
