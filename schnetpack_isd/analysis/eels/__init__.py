"""Energy-loss spectra for a beam along a direction."""

from typing import TYPE_CHECKING

import lazy_loader

# Modules are imported when they are used, so that commands check their arguments before they import PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "eels_file": ["predict_eels"],
        "spectra": ["EELSRequest", "EELSSpectra", "Microscope"],
    },
)

if TYPE_CHECKING:
    from .eels_file import predict_eels as predict_eels
    from .spectra import EELSRequest as EELSRequest
    from .spectra import EELSSpectra as EELSSpectra
    from .spectra import Microscope as Microscope
