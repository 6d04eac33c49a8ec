"""Loader whose worker processes transfer a batch as one tensor."""

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
"""Byte alignment of the tensors: the size of the largest dtype."""


class PackedLoader(AtomsLoader):
    """`AtomsLoader` whose workers transfer one tensor per batch.

    The transfer of a tensor to another process takes a fraction of a millisecond whatever its size, and a batch has
    about twenty tensors. Without packing, receiving a batch takes as long as making it.
    """

    collate_fn: Callable[[list[Batch]], Any]

    def __init__(self, *arguments: Any, **kwargs: Any) -> None:
        """Set up the loader with the arguments of `AtomsLoader`."""
        super().__init__(*arguments, **kwargs)
        # Lightning rebuilds loaders from their attributes.
        if self.num_workers > 0 and not isinstance(self.collate_fn, _CollateAndPack):
            self.collate_fn = _CollateAndPack(self.collate_fn)

    def __iter__(self) -> Iterator[Batch]:
        """Iterate over batches equal to those of `AtomsLoader`."""
        batches = super().__iter__()
        return map(PackedBatch.unpack, batches) if self.num_workers > 0 else batches


@dataclass(frozen=True)
class PackedBatch:
    """A batch in one tensor.

    Attributes:
        buffer: (n_bytes,) the numbers.
        table: key, type, shape and first byte of each tensor in the batch.
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
        """Return the batch, whose tensors are views."""
        return {
            key: self.buffer[start : start + shape.numel() * dtype.itemsize].view(dtype).view(shape)
            for key, dtype, shape, start in self.table
        }

    def pin_memory(self) -> PackedBatch:
        """Pin the memory, for asynchronous transfer to a GPU; `DataLoader` calls this."""
        return replace(self, buffer=self.buffer.pin_memory())


@dataclass(frozen=True)
class _CollateAndPack:
    collate: Callable[[list[Batch]], Batch]

    def __call__(self, rows: list[Batch]) -> PackedBatch:
        return PackedBatch.pack(self.collate(rows))
