"""The task: saving of models, and logging of metrics, during a training."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from pytorch_lightning import Trainer
from pytorch_lightning.loggers import CSVLogger
from schnetpack.model import NeuralNetworkPotential
from schnetpack.task import ModelOutput
from schnetpack.utils import load_model
from support.data_module import data_module
from torchmetrics import MeanAbsoluteError, MeanSquaredError

from schnetpack_isd.data import SpectrumSettings
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


@pytest.fixture
def logged(make_model: Callable, sample_db: str, sample_settings: SpectrumSettings) -> Callable[[int], list[dict]]:
    """Train for two epochs of three steps, and return the rows of the log."""

    def train(log_every_n_steps: int) -> list[dict]:
        torch.manual_seed(0)
        metrics = {"mse": MeanSquaredError(), "mae": MeanAbsoluteError()}
        output = ModelOutput("spectrum", loss_fn=torch.nn.MSELoss(), metrics=metrics)
        model = make_model(head={"n_out": len(sample_settings.energies)}).float()
        trainer = Trainer(
            max_epochs=2, log_every_n_steps=log_every_n_steps, logger=CSVLogger(".", "log", ""), accelerator="cpu",
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
        )  # fmt: skip
        task = SpectrumTask(model, outputs=[output], optimizer_args={"lr": 1e-3})
        trainer.fit(task, data_module(sample_db, sample_settings, num_train=48, num_val=16, num_test=8))
        with Path("log/metrics.csv").open() as file:
            return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]

    return train


def test_every_logged_step_has_the_metrics_of_its_batch(logged: Callable) -> None:
    rows = [row for row in logged(2) if "train_loss" in row]
    assert [row["step"] for row in rows] == [1, 3, 5]
    for row in rows:
        assert row["train_spectrum_mse"] == pytest.approx(row["train_loss"], rel=1e-5)
        assert 0 < row["train_spectrum_mae"] < row["train_spectrum_mse"] ** 0.5


@pytest.mark.parametrize("log_every_n_steps", [0, 50])
def test_metrics_of_the_validation_part_are_always_logged(logged: Callable, log_every_n_steps: int) -> None:
    rows = logged(log_every_n_steps)
    assert [row["epoch"] for row in rows] == [0, 1]
    for row in rows:
        assert row.keys() == {"epoch", "step", "val_loss", "val_spectrum_mse", "val_spectrum_mae"}
