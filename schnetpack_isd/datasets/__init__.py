"""Data sets: the published carbon K-edge spectra and the bundled ones."""

from .ck_edge import CKEdge
from .ck_sample import SAMPLE_STICKS, SAMPLE_STRUCTURES, CKSample, sample_settings
from .published import PUBLISHED, PublishedFile, download

__all__ = [
    "PUBLISHED",
    "SAMPLE_STICKS",
    "SAMPLE_STRUCTURES",
    "CKEdge",
    "CKSample",
    "PublishedFile",
    "download",
    "sample_settings",
]
