"""Spectra of an oriented film."""

from typing import TYPE_CHECKING

import lazy_loader

# Modules are imported when they are used, so that commands check their arguments before they import PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "film_file": ["predict_film"],
        "geometry": ["FilmGeometry", "FixedNormal", "TiltedAxis"],
        "spectra": ["FilmRequest", "FilmSpectra", "Resonance"],
    },
)

if TYPE_CHECKING:
    from .film_file import predict_film as predict_film
    from .geometry import FilmGeometry as FilmGeometry
    from .geometry import FixedNormal as FixedNormal
    from .geometry import TiltedAxis as TiltedAxis
    from .spectra import FilmRequest as FilmRequest
    from .spectra import FilmSpectra as FilmSpectra
    from .spectra import Resonance as Resonance
