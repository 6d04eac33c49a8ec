"""SchNetPack's task, with models and checkpoints that survive interruptions."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.utils import to_absolute_path
from schnetpack import AtomisticTask
from torch import Tensor, nn

from schnetpack_isd import properties
from schnetpack_isd.atomistic import spectrum_head
from schnetpack_isd.models import load_spectrum_model, save_model
from schnetpack_isd.pretrained.names import BUNDLED_MODELS, PUBLISHED_WEIGHTS, check_model_name
from schnetpack_isd.utils.hydra_errors import compact_errors

from .checkpoints import replace_damaged_checkpoint
from .initialize import initialize_from

__all__ = ["SpectrumTask"]

USELESS_WARNINGS = (
    "Attribute 'model' is an instance of",  # SchNetPack keeps the model among the hyperparameters
    "A `OneCycleLR` scheduler is using 'interval': 'epoch'",  # as intended
    ".*LeafSpec.* is deprecated",  # Lightning's own
)
"""Warnings of a training about which users can do nothing."""


class SpectrumTask(AtomisticTask):
    """`AtomisticTask` that replaces the `best_model` of a run only by a complete one.

    A run whose last checkpoint is damaged continues from the newest intact one, with a warning. The output
    `ionization_energy` is left out if the model predicts no ionisation thresholds.
    """

    outputs: nn.ModuleList
    scheduler_cls: type | None

    def __init__(self, *arguments: Any, init_from: str | None = None, init_member: int = 0, **kwargs: Any) -> None:
        """Set up the task with the arguments of `AtomisticTask`.

        Args:
            arguments: see `AtomisticTask`.
            init_from: `best_model` of another training, or name of the bundled model or of published weights, whose
                weights are the first ones of this training. Relative paths start from the folder in which a Hydra
                application was started.
            init_member: number of the member, from 0, whose weights are taken if it is an ensemble.
            kwargs: see `AtomisticTask`.

        Raises:
            FileNotFoundError: there is no such model.
        """
        for message in USELESS_WARNINGS:
            warnings.filterwarnings("ignore", message=message)
        super().__init__(*arguments, **kwargs)
        if properties.ionization_energy not in spectrum_head(self.model).model_outputs:  # its energy basis needs none
            kept = [output for output in self.outputs if output.name != properties.ionization_energy]
            self.outputs = nn.ModuleList(kept)
        if (self.scheduler_kwargs or {}).get("total_steps") == 1:
            warnings.warn(
                "A learning-rate schedule of one epoch would hardly train at all; the rate is constant instead.",
                stacklevel=2,
            )
            self.scheduler_cls = None
        self.init_from, self.init_member = init_from, init_member
        names = BUNDLED_MODELS | PUBLISHED_WEIGHTS
        if init_from is not None and init_from not in names and HydraConfig.initialized():
            self.init_from = to_absolute_path(init_from)
            check_model_name(self.init_from)  # not when a checkpoint is loaded elsewhere

    @compact_errors()
    def setup(self, stage: str | None = None) -> None:
        """Replace a damaged checkpoint before it is loaded, and set up the model; see :func:`initialize_from`."""
        checkpoint = self.trainer.checkpoint_callback
        if stage == "fit" and self.trainer.is_global_zero and checkpoint is not None and checkpoint.dirpath is not None:
            replace_damaged_checkpoint(Path(checkpoint.dirpath))
        self.trainer.strategy.barrier()
        super().setup(stage)
        if stage == "fit" and self.init_from is not None:
            initialize_from(self.model, load_spectrum_model(self.init_from).member(self.init_member))

    @compact_errors()
    def load_state_dict(self, *arguments: Any, **kwargs: Any) -> Any:
        """Load weights; see `torch.nn.Module`."""
        return super().load_state_dict(*arguments, **kwargs)

    @compact_errors()
    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Check that a resumed run has its learning-rate schedule, and that this is long enough.

        Raises:
            ValueError: the run is to be longer than its schedule, or to have one that it did not have.
        """
        if self._trainer is None or self.trainer.state.fn != "fit":
            return
        schedules = checkpoint.get("lr_schedulers", ())
        if self.scheduler_cls is not None and not schedules:
            raise ValueError(
                "This run began without a learning-rate schedule, as runs of one epoch do, and cannot go on with one. "
                "Begin another run with its weights: `init_from=.../best_model`."
            )
        for schedule in schedules:
            length, wanted = schedule.get("total_steps"), self.trainer.max_epochs
            if length is not None and wanted is not None and wanted > length:
                raise ValueError(
                    f"The learning-rate schedule of this run ends after {length} epochs, and the run cannot be "
                    f"prolonged to {wanted} (`trainer.max_epochs`). Begin another run with its weights: "
                    "`init_from=.../best_model`."
                )

    def log_metrics(self, pred: dict[str, Tensor], targets: dict[str, Tensor], subset: str) -> None:
        """Log the metrics; those of training only in steps that the logger keeps, `trainer.log_every_n_steps` apart.

        In other steps, nobody would see them, and computing them costs time.
        """
        interval = self.trainer.log_every_n_steps  # 0: nothing is logged in steps
        if subset != "train" or (interval > 0 and (self.global_step + 1) % interval == 0):
            super().log_metrics(pred, targets, subset)

    def save_model(self, path: str | os.PathLike[str], do_postprocessing: bool | None = None) -> None:
        """Save the model, for example as `best_model`; an interruption leaves the former file.

        Args:
            path: file to write or replace.
            do_postprocessing: apply the postprocessors in predictions with the saved model; as now if not given.
        """
        if self.global_rank != 0:
            return
        before = self.model.do_postprocessing
        if do_postprocessing is not None:
            self.model.do_postprocessing = do_postprocessing
        try:
            save_model(self.model, path, overwrite=True)
        finally:
            self.model.do_postprocessing = before
