"""Reader of the XAS Data Interchange format."""

from __future__ import annotations

import re

from .column_file import read_numbers
from .scan_table import ScanTable

__all__ = ["UNITS", "is_xdi", "read_xdi"]

INTENSITIES = ("mutrans", "mufluor", "normtrans", "normfluor", "mu", "xmu", "norm", "intensity")
"""Labels of columns with a spectrum, in the order of preference."""

UNITS = {"ev": 1.0, "kev": 1000.0}
"""Units of energy, in eV."""


def is_xdi(first_line: str) -> bool:
    """Return whether a file with this first line is an XDI file."""
    return re.match(r"#\s*XDI/", first_line) is not None


def read_xdi(source: str, lines: list[str]) -> ScanTable:
    """Read an XDI file.

    Args:
        source: name of the file for messages.
        lines: lines of the file.

    Raises:
        ValueError: the first column is not the energy in eV or keV, or the numbers are not columns.

    References:
        XAS Data Interchange Format, version 1.0 (https://github.com/XraySpectroscopy/XAS-Data-Interchange).
    """
    found = (re.match(r"#\s*column\.(\d+):\s*(\S+)\s*(\S*)", line, re.IGNORECASE) for line in lines)
    columns = {int(match[1]): (match[2], match[3].lower()) for match in found if match}
    label, unit = columns.get(1, ("", ""))
    if label.lower() != "energy" or unit not in UNITS:
        raise ValueError(
            f"{source}: the first column must be the energy in eV or keV, not {label or 'unlabelled'} {unit}."
        )
    values = read_numbers(source, lines)
    labels = tuple(columns.get(number, ("", ""))[0] for number in range(1, values.shape[1] + 1))
    by_label = {label.lower(): number for number, label in enumerate(labels, 1)}
    known = [by_label[name] for name in INTENSITIES if name in by_label]
    return ScanTable(
        source, values, labels, column=known[0] if known else None, energy_unit=UNITS[unit], needs_column=not known
    )
