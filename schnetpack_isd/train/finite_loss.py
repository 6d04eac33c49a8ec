"""Callback that stops trainings which have diverged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from schnetpack_isd.utils.hydra_errors import compact_errors

__all__ = ["FiniteLoss"]


class FiniteLoss(Callback):
    """Stop a training with an error, and store nothing, once a loss or a validation metric is not finite.

    Losses are checked at the end of each validation and each epoch, so that a GPU does not wait after each batch.
    """

    def __init__(self) -> None:
        """Begin with a finite loss."""
        self._is_finite: Tensor | None = None

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Remember whether the losses were finite."""
        loss = outputs["loss"] if isinstance(outputs, Mapping) else outputs
        finite = torch.isfinite(loss.detach()).all()
        self._is_finite = finite if self._is_finite is None else self._is_finite & finite

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Check the losses and the validation metrics.

        Raises:
            FloatingPointError: one is not finite.
        """
        if not trainer.sanity_checking:
            self._check(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Check the losses; see :meth:`on_validation_end`."""
        self._check(trainer)

    @compact_errors(FloatingPointError)
    def _check(self, trainer: Trainer) -> None:
        losses = self._is_finite is None or bool(self._is_finite)
        metrics = all(bool(torch.isfinite(value).all()) for value in trainer.callback_metrics.values())
        if not trainer.strategy.reduce_boolean_decision(losses and metrics, all=True):
            raise FloatingPointError(
                f"The loss was not finite in epoch {trainer.current_epoch}: the training has diverged. Models of "
                "earlier epochs are kept. Begin again with a lower learning rate (`globals.lr`) or gradients clipped "
                "more (`trainer.gradient_clip_val`)."
            )
