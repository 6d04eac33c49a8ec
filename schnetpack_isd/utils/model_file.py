"""Saving of models."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import nn

from .files import atomic_write, process_lock, refuse_existing

__all__ = ["save_model"]


def save_model(model: nn.Module, path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Save a model in the format of SchNetPack's `best_model`.

    Args:
        model: the model.
        path: file to write.
        overwrite: replace a file that exists.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
    """
    path = Path(path)
    with process_lock(path):
        refuse_existing(path, overwrite)
        with atomic_write(path) as temporary:
            torch.save(model, temporary)
