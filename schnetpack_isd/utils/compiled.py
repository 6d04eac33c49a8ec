"""Compilation of loops over arrays with Numba, which is optional (the extra `fast`)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

__all__ = ["compile_function"]


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
