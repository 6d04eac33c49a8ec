"""Order of the training data, a function of seed and epoch alone."""

from __future__ import annotations

import os

from torch.utils.data import Dataset, DistributedSampler

__all__ = ["EpochSampler"]


class EpochSampler(DistributedSampler):
    """Shuffle anew each epoch, in the same way whether a run was interrupted or not.

    Transforms that draw at random are told the epoch, if they have a `set_epoch`.
    """

    def __init__(self, dataset: Dataset, epoch: int = 0, num_replicas: int = 1, rank: int = 0) -> None:
        """Share out a data set.

        Args:
            dataset: the training part, with its `transforms`.
            epoch: number of the epoch, from 0, that the sampler starts with.
            num_replicas: number of processes that share the data.
            rank: number of this process.
        """
        seed = int(os.environ.get("PL_GLOBAL_SEED", 0))
        super().__init__(dataset, num_replicas=num_replicas, rank=rank, shuffle=True, seed=seed)
        self.set_epoch(epoch)

    def set_epoch(self, epoch: int) -> None:
        """Set the number of the epoch; Lightning does so before each."""
        super().set_epoch(epoch)
        for transform in self.dataset.transforms:
            if hasattr(transform, "set_epoch"):
                transform.set_epoch(epoch)
