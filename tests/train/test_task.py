"""Saving of models during a training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from schnetpack.model import NeuralNetworkPotential
from schnetpack.utils import load_model

from schnetpack_isd.train import SpectrumTask


@pytest.fixture
def task(spectrum_model: NeuralNetworkPotential) -> SpectrumTask:
    return SpectrumTask(spectrum_model, outputs=[], optimizer_args={"lr": 1e-3})


def test_the_model_is_saved_with_its_postprocessing(task: SpectrumTask) -> None:
    task.model.do_postprocessing = False
    task.save_model("best_model", do_postprocessing=True)
    assert load_model("best_model").do_postprocessing
    assert not task.model.do_postprocessing


def test_a_full_disk_leaves_the_former_model(task: SpectrumTask, monkeypatch: pytest.MonkeyPatch) -> None:
    task.save_model("best_model")
    before = Path("best_model").read_bytes()

    def fail(_: object, path: Path) -> None:
        Path(path).write_bytes(before[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="Cannot write best_model: No space left on device"):
        task.save_model("best_model")
    assert Path("best_model").read_bytes() == before
    assert {path.name for path in Path().iterdir()} == {"best_model", "best_model.safetensors"}
