"""Input and output modules for spectra."""

import sys

from . import default_directions
from .default_directions import Directions
from .local_hamiltonian import LocalHamiltonian
from .orbital_spectrum_tensor import OrbitalSpectrumTensor
from .per_direction import PerDirection
from .site_spectrum import SiteSpectrum
from .spectrum_head import SpectrumHead, spectrum_head
from .spectrum_tensor import SpectrumTensor

__all__ = [
    "Directions",
    "LocalHamiltonian",
    "OrbitalSpectrumTensor",
    "PerDirection",
    "SiteSpectrum",
    "SpectrumHead",
    "SpectrumTensor",
    "spectrum_head",
]

# Models that were pickled before 0.1.0 refer to the module by its former name.
sys.modules[f"{__name__}.directions"] = default_directions
