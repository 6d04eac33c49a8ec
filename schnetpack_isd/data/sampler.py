"""Order of the training data, a function of seed and epoch only."""

from __future__ import annotations

import os

from torch.utils.data import Dataset, DistributedSampler

__all__ = ["EpochSampler"]


class EpochSampler(DistributedSampler):
    """Shuffle the data in each epoch, in the same way for resumed and uninterrupted runs.

    Passes the epoch on to transforms with `set_epoch`.
    """

    def __init__(self, dataset: Dataset, epoch: int = 0, num_replicas: int = 1, rank: int = 0) -> None:
        """Set up the sampler of one process.

        Args:
            dataset: training part of the data, with its `transforms`.
            epoch: first epoch, from 0.
            num_replicas: number of processes that share the data.
            rank: number of this process.
        """
        seed = int(os.environ.get("PL_GLOBAL_SEED", 0))
        super().__init__(dataset, num_replicas=num_replicas, rank=rank, shuffle=True, seed=seed)
        self.set_epoch(epoch)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch; Lightning calls this before each epoch."""
        super().set_epoch(epoch)
        for transform in getattr(self.dataset, "transforms", ()):
            if hasattr(transform, "set_epoch"):
                transform.set_epoch(epoch)
