"""Measured spectra: files, series of angles and their normalisation."""

from .angles import HEADER, check_degrees, parse_angles
from .noise import estimate_noise
from .normalisation import Normalisation, normalise
from .open_file import read_measured, read_spectrum, read_tables
from .scan import Scan, ScanFile, read_scan
from .scan_table import ScanTable
from .series import UNKNOWN_POLARISATION, MeasuredSeries, MeasuredSpectrum
from .series_file import read_series_file
from .series_reader import CARBON_K_EDGE, check_edge, read_scans, read_series

__all__ = [
    "CARBON_K_EDGE",
    "HEADER",
    "UNKNOWN_POLARISATION",
    "MeasuredSeries",
    "MeasuredSpectrum",
    "Normalisation",
    "Scan",
    "ScanFile",
    "ScanTable",
    "check_degrees",
    "check_edge",
    "estimate_noise",
    "normalise",
    "parse_angles",
    "read_measured",
    "read_scan",
    "read_scans",
    "read_series",
    "read_series_file",
    "read_spectrum",
    "read_tables",
]
