"""Recognise the format of a measured file, and read it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.utils.files import check_input
from schnetpack_isd.utils.text import printable

from .athena_file import read_athena_file
from .column_file import read_column_file
from .emsa_file import is_emsa, read_emsa
from .mda_file import is_mda, read_mda
from .nexus_file import NEXUS_ENDINGS, read_nexus
from .rosettasciio_file import read_hspy
from .scan_table import Column, ScanTable
from .series import MeasuredSpectrum
from .xdi_file import is_xdi, read_xdi

__all__ = ["read_measured", "read_spectrum", "read_tables", "select_table"]

BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_spectrum(
    path: str | os.PathLike[str], column: Column | None = None, energy_column: Column | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read a measured spectrum.

    The formats are columns of numbers, XDI, Athena projects (`.prj`, with Larch), EMSA/MAS (`.msa`), HyperSpy
    (`.hspy`, with RosettaSciIO), NeXus (`.nxs`), and the text of `mda2ascii`. The beginning of the file or its
    ending decides.

    Args:
        path: the file.
        column: column with the intensities: its number, from 1, or a part of its label. By default the one that the
            file or its labels name, or the one after the energies. In an Athena project, number or label of the group.
        energy_column: column with the energies; by default the one that the file names, or the first.

    Returns:
        (n,) energies in eV, ascending, and (n,) intensities.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: the format needs a library that is not installed.
        ValueError: the file does not have such columns; the message names the line, or lists the labels.

    Warns:
        UserWarning: energies occur more than once, and their intensities are averaged; they go up and down; or a line
            is taken as the number of points.
    """
    table, column = select_table(read_tables(path), column)
    return table.spectrum(column, energy_column)


def read_measured(
    path: str | os.PathLike[str], column: Column | None = None, energy_column: Column | None = None
) -> MeasuredSpectrum:
    """Read a measured spectrum of a powder, a gas or an unoriented film; see :func:`read_spectrum`."""
    return MeasuredSpectrum(*read_spectrum(path, column, energy_column), source=printable(path))


def read_tables(path: str | os.PathLike[str]) -> list[ScanTable]:
    """Read the columns of a measured file: one table, or one for each group of an Athena project.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: the format needs a library that is not installed.
        ValueError: the file is not in a known format; the message names the line.
    """
    check_input(path)
    source, name, ending = printable(path), os.fspath(path), Path(path).suffix.lower()
    if ending == ".prj":
        return read_athena_file(source, name)
    if ending == ".hspy":
        return [read_hspy(source, name)]
    if ending in NEXUS_ENDINGS:
        return [read_nexus(source, name)]
    lines = _lines(Path(path))
    first = next((line for line in lines if line.strip()), "")
    if is_emsa(first):
        return [read_emsa(source, lines, name)]
    for is_format, read in ((is_xdi, read_xdi), (is_mda, read_mda)):
        if is_format(first):
            return [read(source, lines)]
    return [read_column_file(source, lines)]


def _lines(path: Path) -> list[str]:
    content = path.read_bytes()
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    return content.decode(encoding, errors="replace").replace("\x1a", "").splitlines()  # Ctrl-Z ends files of DOS


def select_table(tables: list[ScanTable], column: Column | None) -> tuple[ScanTable, Column | None]:
    """Return the table with a column, and the column in it.

    Args:
        tables: tables of a file. Of several, `column` chooses one by its number or label.
        column: the column; None for the only table's own choice.

    Raises:
        ValueError: there are several tables and none is chosen, or none is the chosen one.
    """
    if len(tables) == 1:
        return tables[0], column
    labels = tuple(table.labels[-1] for table in tables)
    source = tables[0].source.rpartition(", group ")[0]
    groups = ScanTable(source, np.empty((0, len(tables))), labels, needs_column=True)
    return tables[groups.spectrum_column(column) - 1], None
