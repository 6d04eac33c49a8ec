"""Merging the shards of a prediction, or its parts from the workers of a cluster."""

from __future__ import annotations

import heapq
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from schnetpack_isd.utils.files import check_not_input
from schnetpack_isd.utils.progress import show_progress

from .export import TENSOR_ENDINGS, output_file
from .parts.spectrum_parts import SpectrumParts
from .record import PredictionRecord
from .store import PredictedSpectrum, PredictedTensor, SpectrumStore, StoreWriter

__all__ = ["merge"]


def merge(
    parts: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    progress: bool = True,
) -> None:
    """Merge the shards or parts of a prediction in the order of the structures.

    A single file without shards is converted to the format of the output. Tensors are kept if the format can hold them.

    Args:
        parts: HDF5 files that `spkisd predict --shard` wrote, or one folder that `spkisd predict --dask` wrote.
        output: file to write; its ending is one of :data:`~schnetpack_isd.prediction.export.FORMATS`.
        overwrite: replace an output that exists.
        progress: show a progress bar.

    Raises:
        FileExistsError: the output exists and must not be overwritten.
        FileNotFoundError: a part does not exist.
        ValueError: a file is not a prediction, the parts belong to different predictions, or some are missing.

    Warns:
        UserWarning: the parts have tensors, which the format of the output cannot hold.
    """
    check_not_input(output, parts)
    with ExitStack() as stack:
        target = stack.enter_context(output_file(output, overwrite))
        whole, n_spectra = _open_parts(parts, stack)
        record = _without_tensors_if_needed(whole.record, Path(output))
        with StoreWriter(target.store_path, whole.energies, record) as writer:
            for row in show_progress(whole.rows(), "merging", progress, n_spectra, unit="spectra"):
                writer.write([row])
            if record.tensor:
                writer.write_tensors(whole.tensors())
        target.publish()


class _Shards:
    """Shards as one prediction, in the order of the structures."""

    def __init__(self, stores: Sequence[SpectrumStore]) -> None:
        self.record = _merged_record(stores)
        self.energies = stores[0].energies
        self._stores = stores

    def rows(self) -> Iterator[PredictedSpectrum]:
        return heapq.merge(*(store.rows() for store in self._stores), key=lambda row: row.structure)

    def tensors(self) -> Iterator[PredictedTensor]:
        return heapq.merge(*(store.tensors() for store in self._stores), key=lambda tensor: tensor.structure)


def _open_parts(
    parts: Sequence[str | os.PathLike[str]], stack: ExitStack
) -> tuple[_Shards | SpectrumParts, int | None]:
    """Return a prediction, and the number of its spectra if that is known."""
    folders = [part for part in parts if Path(part).is_dir()]
    if folders and len(parts) > 1:
        raise ValueError(f"{folders[0]} is a folder with a whole prediction; merge it without other files.")
    if folders:
        return SpectrumParts(folders[0]), None
    stores = [stack.enter_context(SpectrumStore(part)) for part in parts]
    return _Shards(stores), sum(map(len, stores))


def _without_tensors_if_needed(record: PredictionRecord, output: Path) -> PredictionRecord:
    """Return the record of an output, whose format may not hold tensors."""
    if not record.tensor or output.suffix in TENSOR_ENDINGS:
        return record
    warnings.warn(
        f"{output} has the spectra only: files that end in {output.suffix} cannot hold tensors.", stacklevel=3
    )
    return replace(record, tensor=False)


def _merged_record(stores: Sequence[SpectrumStore]) -> PredictionRecord:
    first = stores[0]
    for store in stores[1:]:
        if differences := first.record.differences(store.record):
            raise ValueError(f"{store.path} belongs to a different prediction than {first.path}: {differences[0]}.")
        if not np.array_equal(store.energies, first.energies):
            raise ValueError(f"{store.path} is on another energy axis than {first.path}.")
    shards = [store.record.shard for store in stores]
    if len(stores) > 1 and all(shard is None for shard in shards):
        raise ValueError("The files are not parts of one prediction: they were made without --shard.")
    given = [str(shard or "1/1") for shard in shards]
    n_parts = first.record.shard.n_parts if first.record.shard else 1
    expected = [f"{part}/{n_parts}" for part in range(1, n_parts + 1)]
    if sorted(given) != sorted(expected):
        raise ValueError(f"The parts {', '.join(expected)} were expected, not {', '.join(sorted(given))}.")
    skipped, extrapolated = (
        sum(getattr(store.record, name) for store in stores) for name in ("skipped", "extrapolated")
    )
    return replace(first.record, skipped=skipped, extrapolated=extrapolated, shard=None)
