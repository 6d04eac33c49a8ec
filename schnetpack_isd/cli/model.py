"""The model that a command is to use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .checks import check_device

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL_HELP", "load"]

MODEL_HELP = (
    "best_model of a training (its file is unpickled: open only what you trust), or the name of published weights: "
    "random_split, scaffold_split, wo_SM, wo_DE, wo_DE-SM"
)


def load(name: str, device: str) -> tuple[nn.Module, Path]:
    """A model by its file or by the name of published weights, on a device, and the file that it is from."""
    from schnetpack_isd.models import load_spectrum_model
    from schnetpack_isd.pretrained import PUBLISHED_WEIGHTS, load_published

    check_device(device)
    if name in PUBLISHED_WEIGHTS and not Path(name).exists():
        model, path = load_published(name)
        return model.to(device), path
    return load_spectrum_model(name, device), Path(name)
