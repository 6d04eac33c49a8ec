"""Input and output modules for spectra."""

from .directions import Directions
from .site_spectrum import SiteSpectrum

__all__ = ["Directions", "SiteSpectrum"]
