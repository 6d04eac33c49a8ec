"""Models from files."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from schnetpack.utils import load_model
from torch import nn

from schnetpack_isd.atomistic import spectrum_head

__all__ = ["load_spectrum_model"]


def load_spectrum_model(path: str | os.PathLike, device: str | torch.device = "cpu") -> nn.Module:
    """Load a trained model that predicts spectra.

    Args:
        path: `best_model` of a training; it is unpickled, which can run code: open only what you trust.
        device: device to put it on.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be loaded, or predicts no spectrum.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: {'a folder, not a file' if Path(path).is_dir() else 'no such file'}.")
    try:
        model = load_model(str(path), device="cpu")
    except Exception as error:  # whatever unpickling raises
        raise ValueError(
            f"{path}: not a model that can be loaded ({error!r}). (Weights of the authors' own code become one with "
            "`spkisd import-weights`.)"
        ) from error
    try:
        spectrum_head(model)
    except (AttributeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    return model.to(device)
