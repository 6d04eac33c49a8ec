"""Batches that come from worker processes in one piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from schnetpack.data import AtomsLoader
from torch import Tensor

__all__ = ["PackedBatch", "PackedLoader"]

Batch = dict[str, Tensor]
ALIGNMENT = 8
"""Bytes; no number is larger."""


class PackedLoader(AtomsLoader):
    """`AtomsLoader` whose workers hand over one tensor a batch.

    To hand a tensor to another process takes a fraction of a millisecond whatever its size, and a batch has a score of
    them: the process that trains would spend about as long on receiving a batch as a worker on making it.
    """

    def __init__(self, *arguments: Any, **kwargs: Any) -> None:
        """Take the arguments of `AtomsLoader`."""
        super().__init__(*arguments, **kwargs)
        # Lightning makes loaders anew with the arguments that they have come to have.
        if self.num_workers > 0 and not isinstance(self.collate_fn, _CollateAndPack):
            self.collate_fn = _CollateAndPack(self.collate_fn)

    def __iter__(self) -> Iterator[Batch]:
        """Batches as those of `AtomsLoader`."""
        batches = super().__iter__()
        return map(PackedBatch.unpack, batches) if self.num_workers > 0 else batches


@dataclass(frozen=True)
class PackedBatch:
    """All numbers of a batch in one tensor.

    Attributes:
        buffer: (n_bytes,) the numbers.
        table: key, type, shape and first byte of each tensor of the batch.
    """

    buffer: Tensor
    table: list[tuple[str, torch.dtype, torch.Size, int]]

    @classmethod
    def pack(cls, batch: Batch) -> PackedBatch:
        """Copy a batch into one tensor."""
        table, end = [], 0
        for key, value in batch.items():
            table.append((key, value.dtype, value.shape, end))
            end += -(-value.nbytes // ALIGNMENT) * ALIGNMENT
        packed = cls(torch.empty(end, dtype=torch.uint8), table)
        for key, view in packed.unpack().items():
            view.copy_(batch[key])
        return packed

    def unpack(self) -> Batch:
        """The batch; its tensors are views of the one."""
        return {
            key: self.buffer[start : start + shape.numel() * dtype.itemsize].view(dtype).view(shape)
            for key, dtype, shape, start in self.table
        }

    def pin_memory(self) -> PackedBatch:
        """What `DataLoader` calls, so that the batch can go to a GPU while that is busy."""
        return replace(self, buffer=self.buffer.pin_memory())


@dataclass(frozen=True)
class _CollateAndPack:
    collate: Callable[[list[Batch]], Batch]

    def __call__(self, rows: list[Batch]) -> PackedBatch:
        return PackedBatch.pack(self.collate(rows))
