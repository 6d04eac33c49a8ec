"""Reader of columns of numbers in text files, in the dialects of the programs that write them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .scan_table import ScanTable

__all__ = ["read_column_file", "read_numbers"]

COMMENTS = ("#", "%", "!", "//")

NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eEdD][-+]?\d+)?"


def read_column_file(source: str, lines: list[str]) -> ScanTable:
    """Read columns of numbers.

    Comments (lines that begin with #, %, ! or //), lines of labels and a line with the number of points are skipped.
    Columns are separated by spaces, tabs, semicolons or commas. A comma is a decimal comma where something else
    separates the columns. The last line before the numbers that has a word for each column has their labels.

    Args:
        source: name of the file for messages.
        lines: lines of the file.

    Raises:
        ValueError: these are not columns; the message names the line.

    Warns:
        UserWarning: a line is taken as the number of points.
    """
    values = read_numbers(source, lines)
    labels = _labels(lines, values.shape[1])
    unit = 1000.0 if "kev" in re.split(r"[^a-z]+", labels[0].lower()) else 1.0
    return ScanTable(source, values, labels, energy_unit=unit)


def _labels(lines: list[str], n_columns: int) -> tuple[str, ...]:
    """Return the words of the last line before the numbers that has as many as there are columns."""
    labels = ("",) * n_columns
    for line in lines:
        text = line.strip()
        if _are_numbers(re.split(r"[\s,;]+", text.rstrip(",;"))):
            break
        text = text.lstrip("#%!/ ")
        for words in (text.split(), re.split(r"\s*[\t;]\s*", text), re.split(r"\s*,\s*", text)):
            if len(words) == n_columns:
                labels = tuple(word.strip(" ,;") for word in words)
                break
    return labels


def read_numbers(source: str, lines: list[str]) -> NDArray[np.float64]:
    """Return the numbers of a file (n_rows, n_columns)."""
    numbered = [
        (number, line.strip())
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith(COMMENTS)
    ]
    try:
        split = _splitter([line for _, line in numbered])
    except ValueError as error:
        raise ValueError(f"{source}: {error}.") from error
    words = [(number, split(line)) for number, line in numbered]
    first = next((index for index, (_, row) in enumerate(words) if _are_numbers(row)), len(words))
    rows = words[first:]
    for number, row in rows:
        if not _are_numbers(row):
            raise ValueError(
                f"{source}, line {number}: numbers were expected, not {' '.join(row)!r}; remove the line, or begin it "
                "with #."
            )
    values = [(number, [float(re.sub("[dD]", "e", word)) for word in row]) for number, row in rows]
    if _is_count([row for _, row in values]):
        warnings.warn(f"{source}, line {values[0][0]} is taken as the number of points.", stacklevel=4)
        values = values[1:]
    if len(values) < 2 or len(values[0][1]) < 2:
        raise ValueError(f"{source}: expected a column of energies and at least 1 more.")
    n_columns = len(values[0][1])
    for number, numbers in values:
        if len(numbers) != n_columns:
            raise ValueError(
                f"{source}, line {number}: {n_columns} numbers were expected, as in line {values[0][0]}, not "
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
