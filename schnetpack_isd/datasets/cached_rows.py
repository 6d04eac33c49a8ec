"""Rows kept in memory."""

from __future__ import annotations

import copy

from schnetpack.data import BaseAtomsData
from torch import Tensor
from torch.utils.data import Dataset

__all__ = ["CachedRows"]


class CachedRows(Dataset):
    """Read and transform each row of a data set once.

    What transforms make of a row is kept up to the first that has a `set_epoch`: that one and those after it are
    applied anew each time. Workers keep nothing from one epoch to the next, so this is for data sets that the training
    process reads itself.
    """

    def __init__(self, dataset: BaseAtomsData) -> None:
        """Wrap a data set.

        Args:
            dataset: SchNetPack data set, with its transforms.
        """
        changing = [hasattr(transform, "set_epoch") for transform in dataset.transforms]
        first = changing.index(True) if any(changing) else len(changing)
        self.transforms = dataset.transforms[first:]
        self._dataset = copy.copy(dataset)
        self._dataset.transforms = dataset.transforms[:first]
        self._rows: dict[int, dict[str, Tensor]] = {}

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._dataset)

    def __getitem__(self, idx: int) -> dict[str, Tensor]:
        """A row, in a dictionary that may be written to."""
        if idx not in self._rows:
            self._rows[idx] = self._dataset[idx]
        row = {key: value.clone() for key, value in self._rows[idx].items()}
        for transform in self.transforms:
            row = transform(row)
        return row
