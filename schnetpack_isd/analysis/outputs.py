"""Files of a use case: their checks before PyTorch is imported and a model is loaded, and how results are written."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from schnetpack_isd.prediction.file_checks import check_inputs
from schnetpack_isd.utils.files import atomic_write, check_output, process_lock, refuse_existing

__all__ = ["check_files", "default_output", "open_table", "write_comments", "write_json", "write_rows"]

PathLike = str | os.PathLike[str]


def check_files(
    inputs: Sequence[PathLike],
    model: object,
    output: PathLike | None,
    figure: PathLike | None,
    overwrite: bool,
    endings: Collection[str],
) -> None:
    """Check that the inputs of a use case exist, and that its outputs can be written.

    Args:
        inputs: files to read.
        model: path or name of a model, or anything else that is a model.
        output: table to write, or None.
        figure: figure to draw, or None.
        overwrite: replace outputs that exist.
        endings: endings of the formats of the table.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: an input, the model or the folder of an output does not exist.
        ValueError: an output is an input or has an unknown ending.
    """
    check_inputs(inputs, model, (output, figure))
    if output is not None:
        check_table(output, overwrite, endings)
    if figure is not None:
        from schnetpack_isd.plotting import check_figure

        check_figure(figure, overwrite)


def check_table(path: PathLike, overwrite: bool, endings: Collection[str]) -> None:
    """Check that a table can be written.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is not that of a format.
    """
    if Path(path).suffix not in endings:
        raise ValueError(f"{path}: the name must end in one of {', '.join(endings)}, which chooses the format.")
    check_output(path, overwrite)


def default_output(structure: PathLike, kind: str) -> str:
    """Return a name for the table if there is none: that of the structure, in the working folder."""
    return f"{Path(structure).name.split('.')[0] or 'structure'}_{kind}.csv"


@contextmanager
def open_table(path: PathLike, overwrite: bool, endings: Collection[str]) -> Iterator[Path]:
    """Provide a temporary path for a table, which appears under its name when it is complete.

    Args:
        path: file to write.
        overwrite: replace a file that exists.
        endings: endings of the formats.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is not that of a format.
    """
    check_table(path, overwrite, endings)
    path = Path(path)
    with process_lock(path):
        refuse_existing(path, overwrite)
        with atomic_write(path) as temporary:
            yield temporary


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values as JSON."""
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_rows(path: Path, attributes: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows with the same keys as CSV, under comments; numbers have six digits."""
    with path.open("w", encoding="utf-8", newline="") as file:
        write_comments(file, attributes)
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: f"{v:.6g}" if isinstance(v, float) else v for key, v in row.items()} for row in rows)


def write_comments(file: TextIO, attributes: Mapping[str, Any]) -> None:
    """Write attributes as comments of a table, one a line; values other than text and numbers are JSON."""
    for key, value in attributes.items():
        is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
        text = str(value) if is_plain else json.dumps(value, ensure_ascii=False)
        file.write(f"# {key}: {' '.join(text.split())}\n")
