"""Columns of a file that are spectra at several angles."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from schnetpack_isd.utils.text import shorten

from .angles import HEADER, Angles, angle_of_label, check_angles
from .open_file import select_table
from .scan_table import Column, ScanTable

__all__ = ["angle_columns"]


def angle_columns(
    source: str,
    tables: list[ScanTable],
    angles: Angles,
    column: Column | None,
    energy_column: Column | None,
    i0_column: Column | None = None,
) -> list[tuple[ScanTable, Column | None, float | None]]:
    """Return tables, columns and angles of the spectra of a file.

    Args:
        source: name of the file for messages.
        tables: tables of the file.
        angles: angle of the only spectrum, one for each, :data:`HEADER` for those that the labels state, or None.
        column: column of the spectrum, or the first of several.
        energy_column: column of the energies.
        i0_column: column of the incident flux; None if the spectrum is divided by nothing.

    Raises:
        ValueError: there are not as many columns as angles, no label is an angle, or an angle is not from 0 to 90
            degrees.

    Warns:
        UserWarning: there is one angle, and the file leaves open which of several columns is the spectrum.
    """
    if angles == HEADER:
        found = _of_header(source, tables, column, energy_column)
    elif isinstance(angles, tuple):
        columns = list(_list_columns(tables, column, energy_column))
        if len(columns) != len(angles):
            raise ValueError(f"{source}: {len(angles)} angles are given, but there are {len(columns)} spectra.")
        found = [(table, number, angle) for (table, number), angle in zip(columns, angles, strict=True)]
    else:
        table, chosen = select_table(tables, column)
        if angles is not None and i0_column is None:
            _warn_of_others(table, chosen, energy_column)
        found = [(table, chosen, angles)]
    check_angles([angle for *_, angle in found], source)
    return found


def _warn_of_others(table: ScanTable, column: Column | None, energy_column: Column | None) -> None:
    """Warn if the file leaves open which of several columns is the spectrum."""
    if column is not None or table.column is not None or table.needs_column:
        return
    numbers = [number for _, number in _list_columns([table], None, energy_column)]
    if len(numbers) > 1:
        warnings.warn(
            f"{table.source}: one angle is given, but columns {shorten(numbers)} can be spectra; the first is taken. "
            "Choose one (`--column`), or give an angle for each.",
            stacklevel=5,
        )


def _of_header(
    source: str, tables: list[ScanTable], column: Column | None, energy_column: Column | None
) -> list[tuple[ScanTable, Column | None, float | None]]:
    columns = list(_list_columns(tables, column, energy_column))
    labels = [table.labels[number - 1] for table, number in columns]
    angles = map(angle_of_label, labels)
    found = [(*place, angle) for place, angle in zip(columns, angles, strict=True) if angle is not None]
    if not found:
        raise ValueError(
            f"{source}: no label is an angle such as 20 or 20deg; give the angles. The labels are "
            f"{', '.join(map(repr, labels))}."
        )
    return [*found]


def _list_columns(
    tables: list[ScanTable], column: Column | None, energy_column: Column | None
) -> Iterator[tuple[ScanTable, int]]:
    """Iterate over the columns that can be spectra: the first one and all after it, of each table."""
    for table in tables:
        for number in range(table.spectrum_column(column, energy_column), len(table.labels) + 1):
            if number != table.number(energy_column or table.energy_column):
                yield table, number
