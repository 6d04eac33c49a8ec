"""Reader of scans that `mda2ascii` writes, as at beamlines with EPICS."""

from __future__ import annotations

import re

from .column_file import read_numbers
from .scan_table import ScanTable

__all__ = ["is_mda", "read_mda"]

COLUMN = re.compile(r"#\s*(\d+)\s+\[[^\]]*\]\s*(.*)")


def is_mda(first_line: str) -> bool:
    """Return whether a file with this first line comes from `mda2ascii`."""
    return re.match(r"##\s*mda2ascii\b", first_line) is not None


def read_mda(source: str, lines: list[str]) -> ScanTable:
    """Read a one-dimensional scan of the EPICS saveData format, as `mda2ascii` writes it.

    The labels are process variables and descriptions, such as ``SR14ID01AMP08:CURR_MONITOR, Sample Drain, A``.
    The energies are those of the last column whose label has the word energy (the read-back, not the setpoint); else of
    the first positioner. The file does not say which column is the spectrum.

    Args:
        source: name of the file for messages.
        lines: lines of the file.

    Raises:
        ValueError: the numbers are not columns, or not as many as the header describes.
    """
    matches = [match for match in map(COLUMN.match, lines) if match is not None]
    labels = tuple(_label(match[2]) or "Index" for match in matches)
    values = read_numbers(source, lines)
    if values.shape[1] != len(labels):
        raise ValueError(f"{source}: the header describes {len(labels)} columns, but there are {values.shape[1]}.")
    energies = [number for number, label in enumerate(labels, 1) if re.search(r"energy", label, re.IGNORECASE)]
    return ScanTable(source, values, labels, energy_column=energies[-1] if energies else 2, needs_column=True)


def _label(description: str) -> str:
    """Return the process variable and the words after it, without empty ones."""
    return ", ".join(part.strip() for part in description.split(",") if part.strip())
