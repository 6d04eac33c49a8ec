"""Compilation of loops over arrays with Numba, which is optional (the extra `fast`)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.forward_ad import unpack_dual
from torch.utils._python_dispatch import _get_current_dispatch_mode

__all__ = ["can_compile", "compile_function"]


@functools.cache
def compile_function(function: Callable[..., None]) -> Callable[..., None] | None:
    """Compile a loop over NumPy arrays, once per process; return None if Numba is not installed."""
    try:
        import numba
    except ImportError:
        return None
    # Sums may be reordered; infinities and NaN keep their meaning.
    compile_for = functools.partial(numba.njit, nogil=True, fastmath={"reassoc", "contract", "nsz"})
    try:
        compiled = compile_for(cache=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache is writable
        compiled = compile_for()(function)

    def call(*arguments: Any) -> None:
        try:
            compiled(*arguments)
        except OSError:  # Numba has compiled the function, but could not store it in its cache: the disk is full
            compiled(*arguments)

    return call


def can_compile(values: Tensor, function: Callable[..., None]) -> bool:
    """Return whether a compiled loop over tensors applies: Numba, a CPU, no gradients, no compilation by PyTorch."""
    return (
        type(values) is Tensor
        and values.device.type == "cpu"
        and values.dtype in (torch.float32, torch.float64)
        and not torch.is_grad_enabled()
        and not torch.compiler.is_compiling()
        and not torch.jit.is_tracing()  # type: ignore[attr-defined]
        and _get_current_dispatch_mode() is None
        and not torch._C._are_functorch_transforms_active()
        and unpack_dual(values).tangent is None
        and compile_function(function) is not None
    )
