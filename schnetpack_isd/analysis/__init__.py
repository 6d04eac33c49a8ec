"""From predicted spectra to what is measured."""

from .experiment import Alignment, align, read_spectrum
from .film import MAGIC_ANGLE, film_spectrum, linear_dichroism, tilted_film_spectrum
from .molecule import isotropic_from_unique_sites, molecular_spectrum
from .powder import powder_average, sphere_quadrature
from .smearing import FWHM, smear, widths_above_edge

__all__ = [
    "FWHM",
    "MAGIC_ANGLE",
    "Alignment",
    "align",
    "film_spectrum",
    "isotropic_from_unique_sites",
    "linear_dichroism",
    "molecular_spectrum",
    "powder_average",
    "read_spectrum",
    "smear",
    "sphere_quadrature",
    "tilted_film_spectrum",
    "widths_above_edge",
]
