"""Series of measured spectra from files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np

from .angles import Angles, check_angles
from .detectors import warn_of_jumps
from .scan import Scan, ScanFile, read_scan
from .scan_table import Column
from .series import MeasuredSeries, MeasuredSpectrum

__all__ = ["CARBON_K_EDGE", "check_edge", "read_scans", "read_series"]

CARBON_K_EDGE = (280.0, 310.0)
"""Range in eV that a spectrum of the carbon K-edge overlaps."""

FEWEST_POINTS = 10
"""Fewest points of a spectrum within the range of the edge."""

EDGES = {"B K": 188, "C K": 284, "K L": 295, "Ca L": 347, "N K": 410, "O K": 543, "F K": 697, "S L": 163, "Cl L": 200}
"""Edges that soft X-ray beamlines measure, in eV."""


def read_series(
    files: Iterable[tuple[Angles, str | os.PathLike[str]]],
    column: Column | None = None,
    energy_column: Column | None = None,
    polarisation: float | None = None,
    edge: tuple[float, float] | None = CARBON_K_EDGE,
) -> MeasuredSeries:
    """Read spectra of one film at several angles, each with an energy axis of its own.

    Args:
        files: pairs of an angle in degrees between field and film normal, and a file. The angle can be None for a
            powder, a gas or an unoriented film, one angle for each column, or ``"header"`` if labels are angles.
        column: column of the intensities, or the first of them: its number, from 1, or a part of its label.
        energy_column: column of the energies.
        polarisation: fraction of the light that is polarised in the plane of incidence; None if it is not known.
        edge: range in eV that each spectrum must overlap; None for no such check.

    Raises:
        FileNotFoundError: a file does not exist.
        ImportError: a format needs a library that is not installed.
        ValueError: a file or an angle is not as described; the message names it.
    """
    scans = [Scan(ScanFile(path, column, energy_column), angle) for angle, path in files]
    return read_scans(scans, polarisation, edge)


def read_scans(
    scans: Sequence[Scan], polarisation: float | None = None, edge: tuple[float, float] | None = CARBON_K_EDGE
) -> MeasuredSeries:
    """Read scans into a series; see :func:`read_series`.

    Raises:
        FileNotFoundError: a file does not exist.
        ImportError: a format or a normalisation needs a library that is not installed.
        ValueError: a file or an angle is not as described; the message names it.
    """
    if polarisation is not None and not 0 <= polarisation <= 1:
        raise ValueError(f"The degree of polarisation must be from 0 to 1, not {polarisation:g}; 95 % is 0.95.")
    spectra = [spectrum for scan in scans for spectrum in read_scan(scan)]
    if not spectra:
        raise ValueError("No measured spectra are given.")
    check_angles(spectrum.angle for spectrum in spectra)
    if edge is not None:
        for spectrum in spectra:
            check_edge(spectrum, edge)
            warn_of_jumps(spectrum, edge[0])
    spectra.sort(key=lambda spectrum: -1.0 if spectrum.angle is None else spectrum.angle)
    return MeasuredSeries(tuple(spectra), polarisation)


def check_edge(spectrum: MeasuredSpectrum, edge: tuple[float, float] = CARBON_K_EDGE) -> None:
    """Check that a spectrum has enough points at an edge.

    Args:
        spectrum: the spectrum.
        edge: range in eV.

    Raises:
        ValueError: it does not; the message says whether the energies look like keV, or like another edge.
    """
    energies = spectrum.energies
    first, last = float(energies[0]), float(energies[-1])
    n_points = int(np.count_nonzero((energies >= edge[0]) & (energies <= edge[1])))
    if n_points >= FEWEST_POINTS:
        return
    where = f"{spectrum.source} reaches from {first:g} to {last:g} eV"
    if first <= edge[1] and last >= edge[0]:
        raise ValueError(
            f"{where} and has {n_points} points from {edge[0]:g} to {edge[1]:g} eV; at least {FEWEST_POINTS} are "
            "needed."
        )
    if first <= edge[1] / 1000 and last >= edge[0] / 1000:
        raise ValueError(f"{where}, which looks like keV; multiply the energies by 1000, or label them `energy_keV`.")
    others = [name for name, energy in EDGES.items() if first < energy < last]
    looks = f" (is it the {others[0]}-edge?)" if others else ""
    raise ValueError(
        f"{where}{looks}, but the edge is expected from {edge[0]:g} to {edge[1]:g} eV; choose the right file or the "
        "column of the energies (`--energy-column`)."
    )
