"""Spectra as arrays: broadening, tensors, averages, films, energy losses, photoelectrons and optical constants."""

from .alignment import Alignment, align, edge_step, edge_steps
from .broadening import Broadening, broaden
from .eels import characteristic_angle, eels_spectrum, magic_collection_angle, share_along_beam
from .experimental_axis import ExperimentalAxis
from .film import MAGIC_ANGLE, film_spectrum, linear_dichroism, tilted_film_spectrum
from .film_orientation import weighted_spectra, weights_along_normal, weights_of_tilt
from .molecule import isotropic_from_unique_sites
from .optical_constants import RefractiveIndex, refractive_index
from .orientation import (
    film_components,
    gaussian_tilt_matrix,
    gaussian_tilt_order,
    normal_matrix,
    order_parameter,
    tilt_angle,
)
from .polarised_light import domain_average, light_matrix
from .powder import powder_average, sphere_quadrature
from .smearing import smear
from .tensor import dipole_products, project, quadratic_form, sphere_mean_square
from .xps import group_lines, xps_axis, xps_spectrum

__all__ = [
    "MAGIC_ANGLE",
    "Alignment",
    "Broadening",
    "ExperimentalAxis",
    "RefractiveIndex",
    "align",
    "broaden",
    "characteristic_angle",
    "dipole_products",
    "domain_average",
    "edge_step",
    "edge_steps",
    "eels_spectrum",
    "film_components",
    "film_spectrum",
    "gaussian_tilt_matrix",
    "gaussian_tilt_order",
    "group_lines",
    "isotropic_from_unique_sites",
    "light_matrix",
    "linear_dichroism",
    "magic_collection_angle",
    "normal_matrix",
    "order_parameter",
    "powder_average",
    "project",
    "quadratic_form",
    "refractive_index",
    "share_along_beam",
    "smear",
    "sphere_mean_square",
    "sphere_quadrature",
    "tilt_angle",
    "tilted_film_spectrum",
    "weighted_spectra",
    "weights_along_normal",
    "weights_of_tilt",
    "xps_axis",
    "xps_spectrum",
]
