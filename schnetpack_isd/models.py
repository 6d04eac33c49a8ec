"""Loading of models that predict spectra."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import torch
from pooch import file_hash
from torch import nn

from schnetpack_isd.atomistic import SpectrumHead, spectrum_head
from schnetpack_isd.model_files import load_model_file, save_model
from schnetpack_isd.pretrained.names import check_model_name
from schnetpack_isd.pretrained.zenodo import load_published
from schnetpack_isd.representation import check_output_modules

__all__ = ["ModelSource", "SpectrumModel", "load_spectrum_model", "save_model"]

ModelSource: TypeAlias = str | os.PathLike[str] | nn.Module
"""Path of a `best_model`, name of published weights, or a model."""


@dataclass(frozen=True)
class SpectrumModel:
    """A model that predicts spectra, and where it comes from.

    Attributes:
        module: the model.
        name: its path or name as given, or "in memory".
        path: file of its weights; None for a model in memory.
    """

    module: nn.Module
    name: str
    path: Path | None

    @property
    def head(self) -> SpectrumHead:
        """Spectrum head of the model."""
        return spectrum_head(self.module)

    @property
    def cutoff(self) -> float:
        """Cutoff radius of its representation in Å."""
        return float(self.module.representation.cutoff)  # type: ignore[union-attr, arg-type]

    @property
    def sha256(self) -> str | None:
        """SHA-256 of its file; None for a model in memory."""
        return None if self.path is None else file_hash(str(self.path))


def load_spectrum_model(
    source: ModelSource | SpectrumModel, device: str | torch.device = "cpu", trust: bool = False
) -> SpectrumModel:
    """Load a model that predicts spectra.

    Args:
        source: `best_model` of a training, name of published weights (see
            :data:`~schnetpack_isd.pretrained.PUBLISHED_WEIGHTS`), or a model, which is moved to the device.
        device: device to put it on.
        trust: accept files with modules other than those of PyTorch, SchNetPack and this package; such files can run
            code.

    Raises:
        FileNotFoundError: there is neither a file nor published weights of this name.
        OSError: published weights could not be downloaded.
        ValueError: the device cannot be used, the source is not a model that predicts spectra, its weights are not
            finite, or it has modules that need `trust`.
    """
    _check_device(device)
    model = source if isinstance(source, SpectrumModel) else _load(source, trust)
    try:
        spectrum_head(model.module)
        check_output_modules(model.module.representation, model.module.output_modules)  # type: ignore[arg-type]
    except (AttributeError, ValueError) as error:
        raise ValueError(f"{model.name}: {error}") from error
    _check_weights(model)
    return replace(model, module=model.module.to(device))


def _check_weights(model: SpectrumModel) -> None:
    for name, weights in model.module.named_parameters():
        if not torch.isfinite(weights).all():
            raise ValueError(
                f"{model.name} has weights that are not finite ({name}): its training diverged. Train it again with a "
                "lower learning rate."
            )


def _check_device(device: str | torch.device) -> None:
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"The device {device} cannot be used: {str(error).splitlines()[0]}") from error


def _load(source: ModelSource, trust: bool) -> SpectrumModel:
    if isinstance(source, nn.Module):
        return SpectrumModel(source, "in memory", None)
    check_model_name(source)
    name, path = str(source), Path(source)
    if not path.exists():
        module, weights = load_published(name)
        return SpectrumModel(module, name, weights)
    try:
        return SpectrumModel(load_model_file(path, trust), name, path)
    except Exception as error:  # unpickling raises errors of many kinds
        reason = f" ({error})" if isinstance(error, ImportError | AttributeError | ValueError) else ""
        raise ValueError(
            f"{name}: not a model that can be loaded{reason}. Weights of the authors' own code become a model with "
            "`spkisd import-weights`."
        ) from error
