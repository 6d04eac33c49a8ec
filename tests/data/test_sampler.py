"""Order of the training data."""

from __future__ import annotations

import pytest
import torch
from schnetpack.data import ASEAtomsData
from support.data_module import TRANSFORMS, data_module

from schnetpack_isd.data import EpochSampler, SpectrumSettings
from schnetpack_isd.transform import RandomDirections


@pytest.mark.parametrize("num_workers", [0, 2])
def test_order_and_directions_are_a_function_of_the_epoch(
    sample_db: str, sample_settings: SpectrumSettings, num_workers: int
) -> None:
    def epochs(first: int) -> list[tuple[list[int], torch.Tensor]]:
        random = RandomDirections(n_directions=2)
        module = data_module(
            sample_db, sample_settings, num_train=40, num_val=9, num_workers=num_workers,
            train_transforms=[random, *TRANSFORMS],
        )  # fmt: skip
        loader, result = module.train_dataloader(), []
        for epoch in range(first, 3):
            loader.sampler.set_epoch(epoch)
            batches = list(loader)
            result.append(
                (torch.cat([b["_idx"] for b in batches]).tolist(), torch.cat([b["direction"] for b in batches]))
            )
        return result

    through, resumed = epochs(0), epochs(2)
    assert through[2][0] == resumed[0][0]
    assert torch.equal(through[2][1], resumed[0][1])
    assert through[0][0] != through[1][0]
    assert sorted(through[0][0]) == sorted(through[1][0])


def test_ranks_share_the_training_data(sample_db: str) -> None:
    dataset = ASEAtomsData(sample_db).subset(list(range(10)))
    shares = [list(EpochSampler(dataset, num_replicas=2, rank=rank)) for rank in range(2)]
    assert sorted(shares[0] + shares[1]) == list(range(10))
