"""Unpickling of models that accepts modules of PyTorch, SchNetPack and this package only."""

from __future__ import annotations

import importlib
import os
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import BadZipFile, ZipFile

from torch import nn

__all__ = ["MODULES_ONLY", "check_archive"]

FUNCTIONS = {
    "builtins": {"set", "dict", "list", "tuple", "float", "int", "bool", "slice", "complex"},
    "collections": {"OrderedDict"},
    "torch": {"Size", "device", "float32", "float64", "float16", "bfloat16", "int64", "int32", "bool"},
    "torch._utils": {"_rebuild_tensor_v2", "_rebuild_parameter", "_rebuild_parameter_with_state"},
    "torch.nn.functional": {"silu", "relu", "gelu", "softplus", "tanh", "elu"},
    "torch.nn.init": {"xavier_uniform_", "zeros_", "ones_", "kaiming_uniform_", "orthogonal_"},
    "schnetpack.nn.activations": {"shifted_softplus"},
    "schnetpack_isd.ensemble.uncertainty": {"Uncertainty"},
}
"""Functions and types, other than modules, that a model file may refer to."""

PACKAGES = (
    "schnetpack.atomistic.",
    "schnetpack.model.",
    "schnetpack.nn.",
    "schnetpack.representation.",
    "schnetpack.transform.",
    "schnetpack_isd.",
    "torch.nn.modules.",
)
"""Packages whose modules (subclasses of `torch.nn.Module`) a model may have."""

READING_FILES = {"CachedNeighborList"}
"""Modules that unpickle further files."""


class _ModulesOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        module = {"__builtin__": "builtins"}.get(module, module)
        if name in FUNCTIONS.get(module, ()):
            return getattr(importlib.import_module(module), name)
        if module.startswith(PACKAGES) and name not in READING_FILES and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and issubclass(found, nn.Module):
                return found
        raise pickle.UnpicklingError(
            f"it refers to {module}.{name}, which is no module of PyTorch, SchNetPack or this package, and could run "
            "code"
        )


MODULES_ONLY = SimpleNamespace(
    Unpickler=_ModulesOnly, load=lambda file, **options: _ModulesOnly(file, **options).load(), __name__="modules_only"
)
"""Replacement of `pickle` for `torch.load`."""


def check_archive(path: str | os.PathLike[str]) -> None:
    """Check that a file is an archive of `torch.save` that does not unpack to more than it holds.

    Raises:
        ValueError: it is not.
    """
    try:
        with ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (BadZipFile, OSError) as error:
        raise ValueError("it is not an archive of torch.save") from error
    size = Path(path).stat().st_size
    if unpacked > 2 * size + (1 << 20):
        raise ValueError(f"its {size:,} bytes unpack to {unpacked:,}; models are not compressed")
