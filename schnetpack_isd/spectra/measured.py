"""Measured spectra: reading, and alignment of predicted spectra with them."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Alignment", "align", "read_spectrum"]

_STEP = 0.02  # eV

INTENSITIES = ("mutrans", "mufluor", "normtrans", "normfluor", "mu", "xmu", "norm", "intensity")
"""Labels of columns with a spectrum in XDI files, in the order of preference."""


def read_spectrum(
    path: str | os.PathLike[str], column: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read a measured spectrum from columns of numbers or an XDI file.

    Lines that begin with # and a line of labels are skipped. Columns are separated by spaces, tabs, commas or
    semicolons.

    Args:
        path: the file.
        column: number of the column with the intensities, from 1; the first has the energies. By default the second, or
            in an XDI file the first column with a known intensity label.

    Returns:
        (n,) energies in eV, ascending, and (n,) intensities.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it does not have such columns.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file.")
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    unit = 1.0
    if lines and re.match(r"#\s*XDI/", lines[0]):
        unit, column = _xdi_columns(path, lines, column)
    column = column or 2
    rows = _rows(path, lines)
    if len(rows) < 2 or len({len(row) for row in rows}) != 1 or not 2 <= column <= len(rows[0]):
        raise ValueError(
            f"{path} does not hold columns of numbers: expected a column of energies and at least {column - 1} more."
        )
    data = np.array(rows)
    if not np.isfinite(data).all() or len(np.unique(data[:, 0])) != len(data):
        raise ValueError(f"{path}: energies must differ from each other, and all numbers must be finite.")
    data = data[np.argsort(data[:, 0])]
    return unit * data[:, 0], data[:, column - 1]


def _xdi_columns(path: str | os.PathLike[str], lines: list[str], column: int | None) -> tuple[float, int]:
    """Return the energy unit in eV, and the number of the column with the spectrum."""
    found = (re.match(r"#\s*column\.(\d+):\s*(\S+)\s*(\S*)", line, re.IGNORECASE) for line in lines)
    columns = {int(match[1]): (match[2].lower(), match[3].lower()) for match in found if match}
    label, unit = columns.get(1, ("", ""))
    units = {"ev": 1.0, "kev": 1000.0}
    if label != "energy" or unit not in units:
        raise ValueError(
            f"{path}: the first column must be the energy in eV or keV, not {label or 'unlabelled'} {unit}."
        )
    by_label = {label: number for number, (label, _) in columns.items()}
    known = [by_label[name] for name in INTENSITIES if name in by_label]
    if column is None and not known:
        raise ValueError(f"{path}: no column ({', '.join(by_label)}) has the label of a spectrum; give `column`.")
    return units[unit], column or known[0]


def _rows(path: str | os.PathLike[str], lines: list[str]) -> list[list[float]]:
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if re.fullmatch(r"\s*-?\d+,\d+(\s+-?\d+,\d+)+\s*", line):
            raise ValueError(f"{path}, line {number}: numbers with decimal points were expected, not {line.strip()!r}.")
        try:
            rows.append([float(word) for word in line.replace(",", " ").replace(";", " ").split()])
        except ValueError as error:
            if rows:
                raise ValueError(f"{path}, line {number}: numbers were expected, not {line.strip()!r}.") from error
    return rows


@dataclass(frozen=True)
class Alignment:
    """Transformation of a predicted spectrum onto a measured one.

    Attributes:
        shift: added to the predicted axis, eV.
        scale: factor of the predicted intensities.
        offset: added to the scaled intensities.
        correlation: Pearson's correlation of the two spectra over their common energies.
    """

    shift: float
    scale: float
    offset: float
    correlation: float


def align(
    energies: ArrayLike,
    predicted: ArrayLike,
    measured_energies: ArrayLike,
    measured: ArrayLike,
    largest_shift: float = 20.0,
    least_overlap: float = 0.5,
) -> Alignment:
    """Find the energy shift at which a predicted spectrum fits a measured one best.

    The shift has the highest correlation of all shifts in steps of 0.02 eV, and then of 0.001 eV about the best. Scale
    and offset are from a least-squares fit.

    Args:
        energies: (n_energies,) predicted axis in eV, ascending.
        predicted: (n_energies,) predicted intensities.
        measured_energies: (n,) measured axis in eV, ascending.
        measured: (n,) measured intensities.
        largest_shift: largest shift to try, eV.
        least_overlap: smallest part of the shorter axis that both must cover.

    Returns:
        The alignment.

    Raises:
        ValueError: the axes do not overlap enough at any shift, or a spectrum is constant there.

    Warns:
        UserWarning: the best shift is at the end of the range; a larger one may be better.
    """
    energies, predicted = np.asarray(energies, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    axis, measured = np.asarray(measured_energies, dtype=np.float64), np.asarray(measured, dtype=np.float64)
    needed = least_overlap * min(np.ptp(energies), np.ptp(axis))

    def in_common(shift: float) -> tuple[NDArray, NDArray]:
        common = (axis >= energies[0] + shift) & (axis <= energies[-1] + shift)
        return np.interp(axis[common], energies + shift, predicted), common

    def correlation(shift: float) -> float:
        here, common = in_common(shift)
        if common.sum() < 3 or np.ptp(axis[common]) < needed or np.ptp(here) == 0 or np.ptp(measured[common]) == 0:
            return -np.inf
        return float(np.corrcoef(here, measured[common])[0, 1])

    n_steps = round(largest_shift / _STEP)
    best = max((np.arange(-n_steps, n_steps + 1) * _STEP).tolist(), key=correlation)
    if correlation(best) == -np.inf:
        raise ValueError(
            f"With shifts up to {largest_shift} eV, {energies[0]:.1f} to {energies[-1]:.1f} eV and {axis[0]:.1f} to "
            f"{axis[-1]:.1f} eV do not overlap enough to align spectra that vary."
        )
    if n_steps > 0:
        if abs(best) >= n_steps * _STEP:
            warnings.warn(
                f"The best shift, {best:g} eV, is at the end of the range; try a larger `largest_shift`.",
                stacklevel=2,
            )
        best = max((best + np.arange(-20, 21) * _STEP / 20).tolist(), key=correlation)
    here, common = in_common(best)
    scale, offset = np.polyfit(here, measured[common], 1)
    return Alignment(best, float(scale), float(offset), correlation(best))
