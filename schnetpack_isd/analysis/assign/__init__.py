"""Assignment of peaks to atoms."""

from typing import TYPE_CHECKING

import lazy_loader

# Modules are imported when they are used, so that commands check their arguments before they import PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "assignment": ["AssignedPeak", "Assignment", "Contribution", "assign_peaks"],
        "groups": ["group_sites"],
        "polarisation": ["Polarisation"],
        "request": ["AssignmentRequest"],
    },
)

if TYPE_CHECKING:
    from .assignment import AssignedPeak as AssignedPeak
    from .assignment import Assignment as Assignment
    from .assignment import Contribution as Contribution
    from .assignment import assign_peaks as assign_peaks
    from .groups import group_sites as group_sites
    from .polarisation import Polarisation as Polarisation
    from .request import AssignmentRequest as AssignmentRequest
