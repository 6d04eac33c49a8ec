"""Errors of Hydra applications such as `spktrain`, without a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hydra.core.hydra_config import HydraConfig
from hydra.errors import CompactHydraException

__all__ = ["compact_errors"]


@contextmanager
def compact_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Make Hydra print the message of an error alone; HYDRA_FULL_ERROR=1 shows where it occurred.

    Outside of Hydra applications, errors stay as they are.

    Args:
        kinds: errors about the input, beside ValueError and OSError.
    """
    expected: tuple[type[Exception], ...] = (ValueError, OSError, *kinds)
    try:
        yield
    except expected as error:
        if not HydraConfig.initialized():
            raise
        raise CompactHydraException(f"{type(error).__name__}: {error}") from error
