"""Reader of EMSA/MAS files (`.msa`), which programs for electron energy loss write."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from .column_file import read_numbers
from .rosettasciio_file import read_with_rosettasciio
from .scan_table import ScanTable
from .xdi_file import UNITS

__all__ = ["is_emsa", "read_emsa"]


def is_emsa(first_line: str) -> bool:
    """Return whether a file with this first line is an EMSA/MAS file."""
    return re.match(r"#\s*FORMAT\s*:.*EMSA", first_line, re.IGNORECASE) is not None


def read_emsa(source: str, lines: list[str], path: str) -> ScanTable:
    """Read an EMSA/MAS file of pairs, or of intensities with RosettaSciIO.

    Args:
        source: name of the file for messages.
        lines: lines of the file.
        path: the file.

    Raises:
        ImportError: the file lists intensities only, and RosettaSciIO is not installed.
        ValueError: it is of neither kind, or its unit is not eV or keV.
    """
    unit = _value(lines, "XUNITS") or "eV"
    if unit.lower() not in UNITS:
        raise ValueError(f"{source}: #XUNITS must be eV or keV, not {unit!r}.")
    values = _read_values(source, lines, path)
    return ScanTable(source, values, ("energy", "intensity"), energy_unit=UNITS[unit.lower()])


def _read_values(source: str, lines: list[str], path: str) -> NDArray[np.float64]:
    """Return energies and intensities (n, 2)."""
    kind = _value(lines, "DATATYPE").upper()
    if kind == "XY":
        return read_numbers(source, lines)[:, :2]
    if kind != "Y":
        raise ValueError(f"{source}: #DATATYPE must be Y or XY, not {kind!r}.")
    [spectrum] = read_with_rosettasciio("rsciio.msa", source, path)
    [axis] = spectrum["axes"]
    return np.stack([axis["offset"] + axis["scale"] * np.arange(axis["size"]), spectrum["data"]], axis=1)


def _value(lines: list[str], key: str) -> str:
    found = (re.match(rf"#\s*{key}\s*:\s*(.*)", line, re.IGNORECASE) for line in lines)
    return next((match[1].strip() for match in found if match), "")
