"""Spectra: reading, converting, splitting, loading."""

from .cached_rows import CachedRows
from .ck_edge import CKEdge
from .convert import SpectrumSettings, convert_sticks
from .sample import SAMPLE_STICKS, SAMPLE_STRUCTURES
from .sampler import EpochSampler
from .splitting import PaperSplit, paper_split_sizes
from .sticks import StickFile, StickSpectrum
from .structures import read_structures

__all__ = [
    "SAMPLE_STICKS",
    "SAMPLE_STRUCTURES",
    "CKEdge",
    "CachedRows",
    "EpochSampler",
    "PaperSplit",
    "SpectrumSettings",
    "StickFile",
    "StickSpectrum",
    "convert_sticks",
    "paper_split_sizes",
    "read_structures",
]
