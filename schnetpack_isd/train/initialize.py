"""Weights of a trained model as the start of another training."""

from __future__ import annotations

import warnings

import torch
from torch import nn

from schnetpack_isd.atomistic import OrbitalSpectrumTensor, SpectrumHead, spectrum_head
from schnetpack_isd.models import SpectrumModel

__all__ = ["initialize_from"]


def initialize_from(model: nn.Module, source: SpectrumModel) -> None:
    """Copy the weights of a trained model into one that knows its training data.

    The head is scaled so that intensities in the unit of the data stay the same. If the energy axes differ, the last
    layers of the head start with new weights.

    Args:
        model: model to be trained, whose head has the energy axis and intensity scale of its data.
        source: the trained model.

    Raises:
        ValueError: the models have different heads or weights, the message names the first difference; or the energy
            axes of models with orbitals differ.

    Warns:
        UserWarning: the energy axes or the broadenings differ.
    """
    head, other = spectrum_head(model), source.head
    if type(head) is not type(other):
        raise ValueError(
            f"{source.name} has the head {type(other).__name__}, the model to be trained {type(head).__name__}. Take "
            "an experiment with the head of the trained model."
        )
    weights = source.module.state_dict()
    prefix = next(name for name, module in model.named_modules() if module is head)
    skipped = {f"{prefix}.energies", f"{prefix}.intensity_scale"}
    of_last = {id(parameter) for layer in head.last_layers() for parameter in layer.parameters()}
    last = {name for name, parameter in model.named_parameters() if id(parameter) in of_last}
    if head.energies.shape != other.energies.shape or not torch.allclose(
        head.energies, other.energies.to(head.energies)
    ):
        if isinstance(head, OrbitalSpectrumTensor):
            raise ValueError(
                f"The data is on another energy axis than {source.name}, whose orbitals belong to its axis. Convert "
                "the data onto that axis."
            )
        skipped |= last
        warnings.warn(
            f"The data is on another energy axis than {source.name}; the last layers of the head start with new "
            "weights.",
            stacklevel=2,
        )
    own = model.state_dict()
    for name, values in own.items():
        if name not in skipped and (name not in weights or weights[name].shape != values.shape):
            found = tuple(weights[name].shape) if name in weights else "nothing"
            raise ValueError(
                f"{source.name} has {found} for `{name}`, where the model to be trained has {tuple(values.shape)}. "
                "Give the model the sizes and switches of the trained one (model.representation...)."
            )
    if None not in (head.broadening, other.broadening) and head.broadening != other.broadening:
        warnings.warn(
            f"The data has the broadening {head.broadening} (eV), that of {source.name} had {other.broadening}; the "
            "training has to learn the difference.",
            stacklevel=2,
        )
    model.load_state_dict({name: own[name] if name in skipped else weights[name] for name in own})
    if not last & skipped:
        _rescale(head, (other.intensity_scale / head.intensity_scale).item())
    if head.elements is not None and other.elements is not None:
        head.elements = sorted({*head.elements, *other.elements})


def _rescale(head: SpectrumHead, factor: float) -> None:
    with torch.no_grad():
        for layer in head.last_layers():
            for parameter in layer.parameters():
                parameter.mul_(factor)
