"""Spectra: reading, converting, splitting, loading."""

from .broadened import BroadenedFile, BroadenedSpectrum
from .ck_edge import CKEdge
from .convert import convert_spectra
from .packed_loader import PackedLoader
from .published import PUBLISHED, PublishedFile, download
from .qm9 import read_uncharacterized
from .row_reader import RowReader
from .sample import SAMPLE_STICKS, SAMPLE_STRUCTURES
from .sampler import EpochSampler
from .settings import SpectrumSettings
from .site_file import Site, SiteFile
from .spectra import open_spectra
from .splitting import MoleculeSplit, PaperSplit, ScaffoldSplit, SizeSplit, paper_split_sizes, write_split
from .sticks import StickFile, StickSpectrum
from .structures import iter_structures

__all__ = [
    "PUBLISHED",
    "SAMPLE_STICKS",
    "SAMPLE_STRUCTURES",
    "BroadenedFile",
    "BroadenedSpectrum",
    "CKEdge",
    "EpochSampler",
    "MoleculeSplit",
    "PackedLoader",
    "PaperSplit",
    "PublishedFile",
    "RowReader",
    "ScaffoldSplit",
    "Site",
    "SiteFile",
    "SizeSplit",
    "SpectrumSettings",
    "StickFile",
    "StickSpectrum",
    "convert_spectra",
    "download",
    "iter_structures",
    "open_spectra",
    "paper_split_sizes",
    "read_uncharacterized",
    "write_split",
]
