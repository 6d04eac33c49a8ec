"""Choice of the structures whose calculation tells most."""

from typing import TYPE_CHECKING

import lazy_loader

# Modules are imported when they are used, so that commands check their arguments before they import PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "request": ["SelectionRequest"],
        "select_file": ["select_file"],
        "ranking": ["SelectedStructure", "select_structures"],
    },
)

if TYPE_CHECKING:
    from .ranking import SelectedStructure as SelectedStructure
    from .ranking import select_structures as select_structures
    from .request import SelectionRequest as SelectionRequest
    from .select_file import select_file as select_file
