"""Reader of measured spectra: columns of numbers, XDI and EMSA/MAS files."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_spectrum"]

INTENSITIES = ("mutrans", "mufluor", "normtrans", "normfluor", "mu", "xmu", "norm", "intensity")
"""Labels of columns with a spectrum in XDI files, in the order of preference."""

UNITS = {"ev": 1.0, "kev": 1000.0}
"""Units of energy, in eV."""

COMMENTS = ("#", "%", "!", "//")

BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eEdD][-+]?\d+)?"


def read_spectrum(
    path: str | os.PathLike[str], column: int | None = None, energy_column: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read a measured spectrum from columns of numbers, an XDI file or an EMSA/MAS file (`.msa`).

    Comments (lines that begin with #, %, ! or //), lines of labels and a line with the number of points are skipped.
    Columns are separated by spaces, tabs, semicolons or commas. A comma is a decimal comma where something else
    separates the columns.

    Args:
        path: the file.
        column: number of the column with the intensities, from 1. By default the one after the energies, or in an XDI
            file the first one with a known intensity label.
        energy_column: number of the column with the energies, from 1.

    Returns:
        (n,) energies in eV, ascending, and (n,) intensities.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: an EMSA/MAS file lists intensities only, and RosettaSciIO is not installed.
        ValueError: the file does not have such columns; the message names the line.

    Warns:
        UserWarning: energies occur more than once, and their intensities are averaged; or a line is taken as the number
            of points.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file.")
    lines = _lines(Path(path))
    first = next((line for line in lines if line.strip()), "")
    unit = 1.0
    if re.match(r"#\s*FORMAT\s*:.*EMSA", first, re.IGNORECASE):
        data, unit = _read_emsa(path, lines), _emsa_unit(path, lines)
    else:
        if re.match(r"#\s*XDI/", first):
            unit, column = _xdi_columns(path, lines, column)
        data = _read_columns(path, lines)
    column = column or energy_column + 1
    if not (1 <= energy_column <= data.shape[1] and 1 <= column <= data.shape[1]):
        raise ValueError(
            f"{path}: columns {energy_column} (energies) and {column} (intensities) were expected, but there are "
            f"{data.shape[1]}."
        )
    data = data[:, [energy_column - 1, column - 1]]
    if not np.isfinite(data).all():
        raise ValueError(f"{path} holds a number that is not finite.")
    if len(data) > 9 and data[0, 0] in (0, 1) and np.all(np.diff(data[:, 0]) == 1):
        raise ValueError(
            f"{path}: column {energy_column} counts the points; give the number of the column with the energies "
            "(`energy_column`)."
        )
    return _averaged(path, unit * data[:, 0], data[:, 1])


def _lines(path: Path) -> list[str]:
    content = path.read_bytes()
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    return content.decode(encoding, errors="replace").replace("\x1a", "").splitlines()  # Ctrl-Z ends files of DOS


def _averaged(path: str | os.PathLike[str], energies: NDArray, intensities: NDArray) -> tuple[NDArray, NDArray]:
    """Sort by energy, and average the intensities of energies that occur more than once."""
    unique, index, counts = np.unique(energies, return_inverse=True, return_counts=True)
    if len(unique) < 2:
        raise ValueError(f"{path} has fewer than two energies.")
    if np.any(counts > 1):
        warnings.warn(
            f"{path}: {np.sum(counts > 1)} energies occur more than once, the first is {unique[counts > 1][0]:g} eV; "
            "their intensities are averaged.",
            stacklevel=3,
        )
    return unique, np.bincount(index.ravel(), intensities) / counts


def _read_columns(path: str | os.PathLike[str], lines: list[str]) -> NDArray[np.float64]:
    """Return the numbers of a file (n_rows, n_columns)."""
    numbered = [
        (number, line.strip())
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith(COMMENTS)
    ]
    try:
        split = _splitter([line for _, line in numbered])
    except ValueError as error:
        raise ValueError(f"{path}: {error}.") from error
    words = [(number, split(line)) for number, line in numbered]
    first = next((index for index, (_, row) in enumerate(words) if _are_numbers(row)), len(words))
    rows = words[first:]
    for number, row in rows:
        if not _are_numbers(row):
            raise ValueError(
                f"{path}, line {number}: numbers were expected, not {' '.join(row)!r}; remove the line, or begin it "
                "with #."
            )
    values = [(number, [float(re.sub("[dD]", "e", word)) for word in row]) for number, row in rows]
    if _is_count([row for _, row in values]):
        warnings.warn(f"{path}, line {values[0][0]} is taken as the number of points.", stacklevel=4)
        values = values[1:]
    if len(values) < 2 or len(values[0][1]) < 2:
        raise ValueError(f"{path}: expected a column of energies and at least 1 more.")
    n_columns = len(values[0][1])
    for number, numbers in values:
        if len(numbers) != n_columns:
            raise ValueError(
                f"{path}, line {number}: {n_columns} numbers were expected, as in line {values[0][0]}, not "
                f"{len(numbers)}."
            )
    return np.array([numbers for _, numbers in values])


def _are_numbers(words: list[str]) -> bool:
    return len(words) > 0 and all(re.fullmatch(f"{NUMBER}|[-+]?(nan|inf)", word, re.IGNORECASE) for word in words)


def _is_count(rows: list[list[float]]) -> bool:
    """Return whether the first row is the number of rows after it, and not one of them."""
    if len(rows) < 3 or len(rows) - 1 not in rows[0]:
        return False
    energies = [row[0] for row in rows[1:]]
    return not min(energies) <= rows[0][0] <= max(energies)


def _splitter(lines: list[str]) -> Callable[[str], list[str]]:
    """Return the function that splits the lines of a file into numbers with decimal points."""
    numbers = [line for line in lines if re.match(r"[-+.\d]", line)]
    if any(";" in line for line in numbers):
        numbers = [re.sub(r",(?=\s|$)", " ", line) for line in numbers]  # a comma before a space separates columns
        if any("," in line for line in numbers) and any("." in line for line in numbers):
            raise ValueError("both points and commas are in its numbers, so the decimal mark is unknown")
        return lambda line: re.sub(r",(?=\s|$)", " ", line).replace(",", ".").replace(";", " ").split()
    if numbers and all(re.fullmatch(r"[-+]?\d+(,\d+)?(\s+[-+]?\d+(,\d+)?)+", line) for line in numbers):
        return lambda line: line.replace(",", ".").split()
    if any(re.fullmatch(r"\d+(,\d+){3,}", line) and re.search(r",0\d", line) for line in numbers):
        raise ValueError("commas both separate the columns and mark the decimals; separate the columns by semicolons")
    return lambda line: line.replace(",", " ").split()


def _xdi_columns(path: str | os.PathLike[str], lines: list[str], column: int | None) -> tuple[float, int]:
    """Return the energy unit in eV, and the number of the column with the spectrum."""
    found = (re.match(r"#\s*column\.(\d+):\s*(\S+)\s*(\S*)", line, re.IGNORECASE) for line in lines)
    columns = {int(match[1]): (match[2].lower(), match[3].lower()) for match in found if match}
    label, unit = columns.get(1, ("", ""))
    if label != "energy" or unit not in UNITS:
        raise ValueError(
            f"{path}: the first column must be the energy in eV or keV, not {label or 'unlabelled'} {unit}."
        )
    by_label = {label: number for number, (label, _) in columns.items()}
    known = [by_label[name] for name in INTENSITIES if name in by_label]
    if column is None and not known:
        raise ValueError(f"{path}: no column ({', '.join(by_label)}) has the label of a spectrum; give `column`.")
    return UNITS[unit], column or known[0]


def _read_emsa(path: str | os.PathLike[str], lines: list[str]) -> NDArray[np.float64]:
    """Return energies and intensities (n, 2) of an EMSA/MAS file."""
    kind = _emsa_value(lines, "DATATYPE").upper()
    if kind == "XY":
        return _read_columns(path, lines)[:, :2]
    if kind != "Y":
        raise ValueError(f"{path}: #DATATYPE must be Y or XY, not {kind!r}.")
    try:
        from rsciio.msa import file_reader
    except ImportError as error:
        raise ImportError(
            f"RosettaSciIO is needed to read {path}, an EMSA/MAS file of intensities; install it with `pip install "
            "'schnetpack-isd[emsa]'`."
        ) from error
    [spectrum] = file_reader(os.fspath(path))
    [axis] = spectrum["axes"]
    return np.stack([axis["offset"] + axis["scale"] * np.arange(axis["size"]), spectrum["data"]], axis=1)


def _emsa_unit(path: str | os.PathLike[str], lines: list[str]) -> float:
    unit = _emsa_value(lines, "XUNITS") or "eV"
    if unit.lower() not in UNITS:
        raise ValueError(f"{path}: #XUNITS must be eV or keV, not {unit!r}.")
    return UNITS[unit.lower()]


def _emsa_value(lines: list[str], key: str) -> str:
    found = (re.match(rf"#\s*{key}\s*:\s*(.*)", line, re.IGNORECASE) for line in lines)
    return next((match[1].strip() for match in found if match), "")
