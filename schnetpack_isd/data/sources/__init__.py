"""Readers of files of spectra and of structures."""

from .broadened import BroadenedFile, BroadenedSpectrum
from .compact import CompactFile, write_compact
from .file_list import read_file_list
from .joined import JoinedFile
from .open_spectra import open_spectra
from .qm9 import read_uncharacterized
from .site_file import Site, SiteFile
from .sticks import StickFile, StickSpectrum, write_sticks
from .structures import iter_structures

__all__ = [
    "BroadenedFile",
    "BroadenedSpectrum",
    "CompactFile",
    "JoinedFile",
    "Site",
    "SiteFile",
    "StickFile",
    "StickSpectrum",
    "iter_structures",
    "open_spectra",
    "read_file_list",
    "read_uncharacterized",
    "write_compact",
    "write_sticks",
]
