"""Loading of models that predict spectra."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import torch
from pooch import file_hash
from torch import nn

from schnetpack_isd.atomistic import SpectrumHead, spectrum_head
from schnetpack_isd.ensemble import SpectrumEnsemble, interval_factors
from schnetpack_isd.model_files import load_model_file, save_model
from schnetpack_isd.pretrained.names import BUNDLED_MODELS, DEFAULT_MODEL, check_model_name
from schnetpack_isd.pretrained.zenodo import load_published
from schnetpack_isd.representation import check_output_modules

__all__ = ["ModelSource", "SpectrumModel", "load_ensemble", "load_spectrum_model", "save_model"]

ModelSource: TypeAlias = str | os.PathLike[str] | nn.Module
"""Path of a `best_model`, name of the bundled model or of published weights, or a model."""


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
    def members(self) -> list[SpectrumModel]:
        """Members of an ensemble; a single model is its only member."""
        if not isinstance(self.module, SpectrumEnsemble):
            return [self]
        return [
            SpectrumModel(member, f"{self.name}, member {number}", self.path)
            for number, member in enumerate(self.module.members)
        ]

    def member(self, number: int) -> SpectrumModel:
        """Return a member of an ensemble.

        Args:
            number: number of the member, from 0.

        Raises:
            ValueError: there is no such member.
        """
        if not 0 <= number < len(self.members):
            raise ValueError(f"{self.name} has no member {number}; its members are 0 to {len(self.members) - 1}.")
        return self.members[number]

    @property
    def uncertainty(self) -> str | None:
        """Origin of the standard deviations of its predictions; None for a single model."""
        if not isinstance(self.module, SpectrumEnsemble):
            return None
        found = self.module.uncertainty
        calibration = "not calibrated" if found is None else f"calibrated on {found.source}"
        return f"one standard deviation of an ensemble of {len(self.module.members)} models, {calibration}"

    @property
    def has_threshold_std(self) -> bool:
        """True if the ionisation thresholds that it may predict have a standard deviation."""
        return isinstance(self.module, SpectrumEnsemble) and self.module.has_threshold_std

    @property
    def has_extrapolation_score(self) -> bool:
        """True if it has a score of how unlike its training data a site is."""
        return isinstance(self.module, SpectrumEnsemble) and self.module.neighborhood is not None

    @property
    def interval_factors(self) -> dict[float, float]:
        """Half widths of the intervals of an ensemble by their level, in units of its standard deviation."""
        uncertainty = self.module.uncertainty if isinstance(self.module, SpectrumEnsemble) else None
        return interval_factors(uncertainty)

    @property
    def training_ids(self) -> set[int] | None:
        """Ids of the molecules on which it, or any member of an ensemble, was trained; None if unknown."""
        parts = [module.training_ids for module in self.module.modules() if isinstance(module, SpectrumHead)]
        return None if None in parts else {number for part in parts for number in part or ()}

    @property
    def sha256(self) -> str | None:
        """SHA-256 of its file; None for a model in memory."""
        return None if self.path is None else file_hash(str(self.path))


def load_spectrum_model(
    source: ModelSource | SpectrumModel = DEFAULT_MODEL, device: str | torch.device = "cpu", trust: bool = False
) -> SpectrumModel:
    """Load a model that predicts spectra.

    Args:
        source: `best_model` of a training, name of the bundled model or of published weights (see
            :mod:`~schnetpack_isd.pretrained`), or a model, which is moved to the device.
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


def load_ensemble(sources: Sequence[ModelSource], trust: bool = False) -> SpectrumEnsemble:
    """Load models and combine them; :func:`save_model` saves the ensemble, which every command takes as one model.

    Args:
        sources: paths, names or models; see :func:`load_spectrum_model`. An ensemble stands for its members.
        trust: accept files with modules of other packages; such files can run code.

    Returns:
        The ensemble, without a calibration; see :func:`~schnetpack_isd.evaluation.calibrate`.

    Raises:
        FileNotFoundError: a model does not exist.
        ValueError: a model cannot be loaded, differs from the first, or is given twice.
    """
    models = [member for source in sources for member in load_spectrum_model(source, trust=trust).members]
    names = [f"member {number}" if model.path is None else model.name for number, model in enumerate(models, start=1)]
    return SpectrumEnsemble([model.module for model in models], names=names)


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
    if not path.exists() and name in BUNDLED_MODELS:
        path = BUNDLED_MODELS[name]
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
