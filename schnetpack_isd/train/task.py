"""SchNetPack's task, with models and checkpoints that survive interruptions."""

from __future__ import annotations

import os
from pathlib import Path

from schnetpack import AtomisticTask

from schnetpack_isd.utils.model_file import save_model

from .checkpoints import replace_damaged_checkpoint

__all__ = ["SpectrumTask"]


class SpectrumTask(AtomisticTask):
    """`AtomisticTask` that replaces the `best_model` of a run only by a complete one.

    A run whose last checkpoint is damaged continues from the newest intact one, with a warning.
    """

    def setup(self, stage: str | None = None) -> None:
        """Replace a damaged checkpoint before it is loaded, and set up the model."""
        checkpoint = self.trainer.checkpoint_callback
        if stage == "fit" and self.trainer.is_global_zero and checkpoint is not None and checkpoint.dirpath is not None:
            replace_damaged_checkpoint(Path(checkpoint.dirpath))
        self.trainer.strategy.barrier()
        super().setup(stage)

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
