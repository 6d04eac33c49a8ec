"""Output modules that misread the direction axis of the features."""

from __future__ import annotations

from collections.abc import Iterable

from schnetpack.atomistic import Atomwise, DipoleMoment, Polarizability
from torch import nn
from torch.nn.modules.module import register_module_module_registration_hook

__all__ = ["check_output_modules"]


def check_output_modules(representation: object, modules: Iterable[nn.Module]) -> None:
    """Check that the output modules take the features of a representation.

    Raises:
        ValueError: an output module of SchNetPack, or one for tensors, is beside a representation with a direction
            axis, or one for directions is beside a representation without.
    """
    has_axis = getattr(representation, "has_direction_axis", None)
    for module in modules if has_axis is not None else ():
        if getattr(module, "predicts_tensors", False) == has_axis and hasattr(module, "predicts_tensors"):
            raise ValueError(
                f"{type(module).__name__} does not take the features of {type(representation).__name__}. SiteSpectrum "
                "goes with ISDPaiNN and OCPISDPaiNN, SpectrumTensor with TensorISDPaiNN."
            )
    for module in modules if has_axis else ():
        is_plain = isinstance(module, Atomwise | DipoleMoment | Polarizability)
        if is_plain and not getattr(module, "takes_directions", False):
            name = type(module).__name__
            raise ValueError(
                f"{name} expects features without a direction axis, and would return a value for each direction. Wrap "
                f"it: schnetpack_isd.atomistic.PerDirection({name}(...)), with average=True for the mean over the "
                "directions."
            )


def _check_new_model(model: nn.Module, name: str, module: nn.Module | None) -> None:
    if name == "output_modules" and isinstance(module, nn.ModuleList):
        check_output_modules(getattr(model, "representation", None), module)


register_module_module_registration_hook(_check_new_model)  # of every model, when it is built
