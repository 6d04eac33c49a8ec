"""Spectra as arrays: broadening, tensors, averages, films and photoelectrons."""

from .alignment import Alignment, align, edge_step
from .broadening import Broadening, broaden
from .experimental_axis import ExperimentalAxis
from .film import MAGIC_ANGLE, film_spectrum, linear_dichroism, tilted_film_spectrum
from .molecule import isotropic_from_unique_sites
from .orientation import film_components, gaussian_tilt_order, normal_matrix, order_parameter, tilt_angle
from .powder import powder_average, sphere_quadrature
from .smearing import smear
from .tensor import dipole_products, project, quadratic_form, sphere_mean_square
from .xps import group_lines, xps_axis, xps_spectrum

__all__ = [
    "MAGIC_ANGLE",
    "Alignment",
    "Broadening",
    "ExperimentalAxis",
    "align",
    "broaden",
    "dipole_products",
    "edge_step",
    "film_components",
    "film_spectrum",
    "gaussian_tilt_order",
    "group_lines",
    "isotropic_from_unique_sites",
    "linear_dichroism",
    "normal_matrix",
    "order_parameter",
    "powder_average",
    "project",
    "quadratic_form",
    "smear",
    "sphere_mean_square",
    "sphere_quadrature",
    "tilt_angle",
    "tilted_film_spectrum",
    "xps_axis",
    "xps_spectrum",
]
