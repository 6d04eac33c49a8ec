"""Orientation of molecules in a uniaxial film, from spectra at several angles."""

from typing import TYPE_CHECKING

import lazy_loader

# Modules are imported when they are used, so that commands check their arguments before they import PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "estimate": ["Estimate"],
        "fit": ["fit_moments", "fit_order"],
        "molecule": ["FilmMolecule"],
        "request": ["OrientationRequest"],
        "result": ["MomentsResult", "OrderResult"],
    },
)

if TYPE_CHECKING:
    from .estimate import Estimate as Estimate
    from .fit import fit_moments as fit_moments
    from .fit import fit_order as fit_order
    from .molecule import FilmMolecule as FilmMolecule
    from .request import OrientationRequest as OrientationRequest
    from .result import MomentsResult as MomentsResult
    from .result import OrderResult as OrderResult
