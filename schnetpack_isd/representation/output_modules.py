"""Output modules that misread the direction axis of the features."""

from __future__ import annotations

from collections.abc import Iterable

from schnetpack.atomistic import Atomwise, DipoleMoment, Polarizability
from torch import nn
from torch.nn.modules.module import register_module_module_registration_hook

__all__ = ["check_output_modules"]


def check_output_modules(representation: object, modules: Iterable[nn.Module]) -> None:
    """Check that no output module beside a representation with directions misreads their axis.

    Raises:
        ValueError: an output module of SchNetPack takes features without a direction axis.
    """
    for module in modules if getattr(representation, "has_direction_axis", False) else ():
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
