"""Raw scans: columns of files, and their way to measured spectra."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.utils.text import printable

from .angle_columns import angle_columns
from .angles import Angles
from .detectors import warn_of_mixed_kinds
from .normalisation import Normalisation, divide, flux_of_photodiode, normalise
from .open_file import read_tables, select_table
from .scan_table import Column, ScanTable
from .series import MeasuredSpectrum

__all__ = ["Scan", "ScanFile", "read_scan"]

Array: TypeAlias = NDArray[np.float64]

MARGIN = 0.5
"""Largest distance in eV beyond the ends of a reference: read-back energies differ a little from scan to scan."""


@dataclass(frozen=True)
class ScanFile:
    """Columns of a file, by number from 1 or a part of the label; None for the file's own choice.

    Attributes:
        path: the file.
        column: column of the signal.
        energy_column: column of the energies.
        i0_column: column of the monitor of the incident flux, such as a gold mesh; None to divide by nothing.
    """

    path: str | os.PathLike[str]
    column: Column | None = None
    energy_column: Column | None = None
    i0_column: Column | None = None


@dataclass(frozen=True)
class Scan:
    """A file of measured spectra, and their treatment.

    Attributes:
        file: the file and its columns.
        angle: angle between field and film normal in degrees; one for each column; or None; see
            :func:`~schnetpack_isd.measured.parse_angles`.
        reference: scan of the incident flux without the sample, for the double normalisation; None without.
        is_photodiode: the signal of the reference is the current of a photodiode, hence divided by the photon energy.
        energy_shift: calibration in eV, added to the energies.
        normalisation: pre-edge and post-edge.

    References:
        Watts, Thomsen and Dastoor, J. Electron Spectrosc. Relat. Phenom. 2006, 151, 105,
        doi:10.1016/j.elspec.2005.11.006.
    """

    file: ScanFile
    angle: Angles = None
    reference: ScanFile | None = None
    is_photodiode: bool = False
    energy_shift: float = 0.0
    normalisation: Normalisation = field(default_factory=Normalisation)


def read_scan(scan: Scan) -> Iterator[MeasuredSpectrum]:
    r"""Read the spectra of a scan.

    A signal is divided by its monitor, then by the same quotient of the reference, which removes what the monitor
    itself absorbs: :math:`(I / I_0) / (I^\mathrm{ref} / I_0^\mathrm{ref})`. Calibration, pre-edge and post-edge follow.

    Raises:
        FileNotFoundError: a file does not exist.
        ImportError: a format or Larch's normalisation needs a library that is not installed.
        ValueError: a file or a column is not as described; the message names it.

    Warns:
        UserWarning: counters are divided by read-backs of ammeters, or the reverse.
    """
    flux = None if scan.reference is None else _read_flux(scan.reference, scan.is_photodiode)
    file = scan.file
    tables, chosen = read_tables(file.path), (file.column, file.energy_column, file.i0_column)
    columns = angle_columns(printable(file.path), tables, scan.angle, *chosen)
    for table, column, angle in columns:
        warn_of_mixed_kinds([*_detectors(table, column, file), *(() if flux is None else flux.detectors)])
        energies, intensities = _read_quotient(table, column, file)
        if flux is not None:
            intensities = divide(energies, intensities, flux.at(energies, table.source), flux.source, "the flux")
        source = table.source if angle is None else f"{table.source} at {angle:g}°"
        energies += scan.energy_shift
        spectrum = MeasuredSpectrum(energies, intensities, angle, source, table.energy_label(file.energy_column))
        yield normalise(spectrum, scan.normalisation)


def _read_quotient(table: ScanTable, column: Column | None, file: ScanFile) -> tuple[Array, Array]:
    """Return ascending energies, and the signal, divided by its monitor if there is one."""
    energies, signal = table.energies(file.energy_column), table.read(table.spectrum_column(column, file.energy_column))
    if file.i0_column is not None:
        signal = divide(energies, signal, table.read(file.i0_column), table.source, f"column {file.i0_column} (I0)")
    return table.ascending(energies, signal)


def _detectors(table: ScanTable, column: Column | None, file: ScanFile) -> list[tuple[str, str]]:
    """Return file and label of the signal, and of its monitor if there is one."""
    numbers = [table.spectrum_column(column, file.energy_column)]
    if file.i0_column is not None:
        numbers.append(table.number(file.i0_column))
    return [(table.source, table.labels[number - 1]) for number in numbers]


@dataclass(frozen=True)
class _Flux:
    """Incident flux, or its quotient with the monitor, of a scan without the sample."""

    energies: Array
    intensities: Array
    source: str
    detectors: list[tuple[str, str]]

    def at(self, energies: Array, source: str) -> Array:
        """Interpolate linearly.

        Raises:
            ValueError: the energies go beyond those of the scan.
        """
        if energies[0] < self.energies[0] - MARGIN or energies[-1] > self.energies[-1] + MARGIN:
            raise ValueError(
                f"{self.source} reaches from {self.energies[0]:g} to {self.energies[-1]:g} eV, but {source} from "
                f"{energies[0]:g} to {energies[-1]:g} eV; give a reference that covers it."
            )
        return np.interp(energies, self.energies, self.intensities)


def _read_flux(file: ScanFile, is_photodiode: bool) -> _Flux:
    table, column = select_table(read_tables(file.path), file.column)
    energies, quotient = _read_quotient(table, column, file)
    flux = flux_of_photodiode(energies, quotient) if is_photodiode else quotient
    return _Flux(energies, flux, table.source, _detectors(table, column, file))
