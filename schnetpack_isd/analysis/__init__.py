"""From predicted spectra to what is measured."""

from .powder import powder_average, sphere_quadrature

__all__ = ["powder_average", "sphere_quadrature"]
