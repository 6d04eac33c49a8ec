"""Reading a prediction in parts."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

from numpy.typing import NDArray

from schnetpack_isd.prediction.store import PredictedSpectrum, PredictedTensor, SpectrumStore

from .index import PartIndex, part_path

__all__ = ["SpectrumParts"]


class SpectrumParts:
    """Read a folder of predicted spectra that :func:`~schnetpack_isd.prediction.predict_parts` has written.

    Only one part is open at a time, so memory does not grow with the number of structures.

    Attributes:
        path: the folder.
        record: origin of the spectra.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a folder.

        Raises:
            FileNotFoundError: there is no such folder.
            ValueError: it is not a folder of parts, it is damaged, or parts are missing.
        """
        self.path = Path(path)
        index = PartIndex.read(self.path)
        if index.first_structures is None:
            raise ValueError(f"{path} is not complete; run the command that began it again, and it continues.")
        self.record = index.record
        self._first = index.first_structures

    @property
    def energies(self) -> NDArray:
        """(n_energies,) axis in eV."""
        with self._open(self._first[0]) as store:
            return store.energies

    def stores(self) -> Iterator[SpectrumStore]:
        """Iterate over the parts in the order of the structures; each is open until the next one."""
        for first in self._first:
            with self._open(first) as store:
                yield store

    def rows(self, structure: int | None = None) -> Iterator[PredictedSpectrum]:
        """Iterate over the spectra of all structures, or over those of one.

        Args:
            structure: number of the structure in the input, from 0.

        Returns:
            Iterator over the spectra; there are none of a structure that was skipped.

        Raises:
            ValueError: a part is missing or damaged.
        """
        return (row for store in self._stores_with(structure) for row in store.rows(structure))

    def tensors(self, structure: int | None = None) -> Iterator[PredictedTensor]:
        """Iterate over the tensors, as :meth:`rows`; there are none unless the record has them."""
        return (row for store in self._stores_with(structure) for row in store.tensors(structure))

    def _stores_with(self, structure: int | None) -> Iterator[SpectrumStore]:
        """Iterate over the parts that can have a structure; over all for None."""
        if structure is None:
            yield from self.stores()
        elif (number := bisect_right(self._first, structure)) > 0:
            with self._open(self._first[number - 1]) as store:
                yield store

    def _open(self, first: int) -> SpectrumStore:
        path = part_path(self.path, first)
        try:
            store = SpectrumStore(path)
        except FileNotFoundError as error:
            raise ValueError(f"{path} is missing: {self.path} is damaged; predict it again.") from error
        if differences := self.record.differences(store.record):
            store.__exit__()
            raise ValueError(f"{path} belongs to another prediction: {differences[0]}.")
        return store
