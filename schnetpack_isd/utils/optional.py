"""Import of optional dependencies."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__all__ = ["import_larch", "import_rosettasciio"]


def import_larch(module: str, purpose: str) -> ModuleType:
    """Import a module of Larch, such as ``larch.io``; the purpose is that of a message, such as "to read film.prj".

    Raises:
        ImportError: Larch is not installed.
    """
    return _import(module, "Larch", "larch", purpose)


def import_rosettasciio(module: str, purpose: str) -> ModuleType:
    """Import a module of RosettaSciIO, such as ``rsciio.msa``; see :func:`import_larch`.

    Raises:
        ImportError: RosettaSciIO is not installed.
    """
    return _import(module, "RosettaSciIO", "hyperspy", purpose)


def _import(module: str, library: str, extra: str, purpose: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{library} is needed {purpose}; install it with `pip install 'schnetpack-isd[{extra}]'`."
        ) from error
