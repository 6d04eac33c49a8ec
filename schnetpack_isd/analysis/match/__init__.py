"""Comparison of candidate structures with measured spectra."""

from typing import TYPE_CHECKING

import lazy_loader

# Modules are imported when they are used, so that commands check their arguments before they import PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "candidates": ["Candidates"],
        "error_model": ["ErrorModel"],
        "film": ["CandidateFilm", "FittedTilt"],
        "film_candidates": ["FilmCandidates"],
        "fit": ["Bounds", "CandidateFit"],
        "ranking": ["Match", "match_series", "match_spectra"],
        "request": ["FilmMatchRequest", "MatchRequest"],
    },
)

if TYPE_CHECKING:
    from .candidates import Candidates as Candidates
    from .error_model import ErrorModel as ErrorModel
    from .film import CandidateFilm as CandidateFilm
    from .film import FittedTilt as FittedTilt
    from .film_candidates import FilmCandidates as FilmCandidates
    from .fit import Bounds as Bounds
    from .fit import CandidateFit as CandidateFit
    from .ranking import Match as Match
    from .ranking import match_series as match_series
    from .ranking import match_spectra as match_spectra
    from .request import FilmMatchRequest as FilmMatchRequest
    from .request import MatchRequest as MatchRequest
