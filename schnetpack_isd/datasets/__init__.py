"""Data sets: the published carbon K-edge spectra and the bundled ones."""

from .ck_edge import CKEdge
from .ck_molecules import MOLECULES_SPECTRA, MOLECULES_STRUCTURES, CKMolecules, bundled_files
from .ck_sample import SAMPLE_STICKS, SAMPLE_STRUCTURES, CKSample, sample_settings
from .published import PUBLISHED, PublishedFile, download

__all__ = [
    "MOLECULES_SPECTRA",
    "MOLECULES_STRUCTURES",
    "PUBLISHED",
    "SAMPLE_STICKS",
    "SAMPLE_STRUCTURES",
    "CKEdge",
    "CKMolecules",
    "CKSample",
    "PublishedFile",
    "bundled_files",
    "download",
    "sample_settings",
]
