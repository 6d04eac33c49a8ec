"""The model that a command is to use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL_HELP", "load"]

MODEL_HELP = (
    "best_model of a training (its file is unpickled: open only what you trust), or the name of published weights: "
    "random_split, scaffold_split, wo_SM, wo_DE, wo_DE-SM"
)


def load(name: str) -> tuple[nn.Module, Path]:
    """A model by its file or by the name of published weights, and the file that it is from."""
    from schnetpack_isd.prediction import load_spectrum_model
    from schnetpack_isd.pretrained import PUBLISHED_WEIGHTS, load_published

    if name in PUBLISHED_WEIGHTS and not Path(name).exists():
        return load_published(name)
    return load_spectrum_model(name), Path(name)
