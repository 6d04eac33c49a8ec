"""Optional dependencies, and the messages without them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

__all__ = ["DASK", "LARCH", "ROSETTASCIIO", "OptionalLibrary"]


@dataclass(frozen=True)
class OptionalLibrary:
    """A library that an extra of this package installs.

    Attributes:
        name: name of the library for messages.
        module: its top-level module.
        extra: the extra.
    """

    name: str
    module: str
    extra: str

    def check(self, purpose: str) -> None:
        """Check that the library is installed, without importing it.

        Args:
            purpose: purpose in the message, such as "to write film.prj".

        Raises:
            ImportError: it is not installed.
        """
        if find_spec(self.module) is None:
            raise ImportError(self._message(purpose))

    def load(self, module: str, purpose: str) -> ModuleType:
        """Import a module of the library.

        Args:
            module: full name of the module.
            purpose: purpose in the message.

        Raises:
            ImportError: the library is not installed.
        """
        try:
            return import_module(module)
        except ImportError as error:
            raise ImportError(self._message(purpose)) from error

    def _message(self, purpose: str) -> str:
        return f"{self.name} is needed {purpose}; install it with `pip install 'schnetpack-isd[{self.extra}]'`."


DASK = OptionalLibrary("Dask", "distributed", "dask")
"""Clusters of workers."""

LARCH = OptionalLibrary("Larch", "larch", "larch")
"""X-ray absorption: Athena projects, normalisation."""

ROSETTASCIIO = OptionalLibrary("RosettaSciIO", "rsciio", "hyperspy")
"""Files of HyperSpy and of electron microscopes."""
