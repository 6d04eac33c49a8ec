"""Orientation of molecules in a uniaxial film, from spectra at several angles."""

from .estimate import Estimate
from .fit import fit_moments, fit_order
from .molecule import FilmMolecule
from .result import MomentsResult, OrderResult

__all__ = ["Estimate", "FilmMolecule", "MomentsResult", "OrderResult", "fit_moments", "fit_order"]
