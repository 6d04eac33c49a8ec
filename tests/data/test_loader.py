"""Batches from worker processes."""

from __future__ import annotations

import pytest
import torch
from pytorch_lightning import LightningModule, Trainer
from schnetpack.data import ASEAtomsData
from support.data_module import TRANSFORMS, data_module
from torch.utils.data._utils.pin_memory import pin_memory

from schnetpack_isd.data import PackedLoader, RowReader, SpectrumSettings
from schnetpack_isd.data.loader import PackedBatch


def test_batches_of_workers_are_those_of_one_process(
    sample_db: str, sample_settings: SpectrumSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def batches(num_workers: int) -> list[dict[str, torch.Tensor]]:
        module = data_module(sample_db, sample_settings, num_train=40, num_val=9, num_workers=num_workers)
        return list(module.train_dataloader())

    for one, other in zip(batches(0), batches(2), strict=True):
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert other[key].dtype == value.dtype
            assert torch.equal(other[key], value), key
    monkeypatch.setattr(torch.Tensor, "pin_memory", torch.Tensor.clone)  # there need not be a GPU
    pinned = pin_memory(PackedBatch.pack(one)).unpack()
    assert all(torch.equal(pinned[key], value) for key, value in one.items())


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_lightning_predicts_with_a_loader_of_ours(sample_db: str, start: str) -> None:
    """Lightning makes a new loader of the same class."""
    dataset = ASEAtomsData(sample_db, transforms=TRANSFORMS).subset([4, 2, 9])
    loader = PackedLoader(RowReader(dataset), batch_size=2, num_workers=1, multiprocessing_context=start)
    batches = Trainer(accelerator="cpu", logger=False, enable_progress_bar=False).predict(Echo(), loader)
    spectra = torch.cat([batch["spectrum"] for batch in batches])
    assert torch.equal(spectra, torch.cat([dataset[row]["spectrum"] for row in range(3)]))


class Echo(LightningModule):
    """Return the input."""

    def predict_step(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return batch
