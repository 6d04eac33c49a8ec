"""Appearance and files of figures."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

import matplotlib.style
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure

from schnetpack_isd.utils.files import atomic_write, check_output, process_lock

__all__ = ["check_figure", "check_format", "figure_style", "save_figure"]


@contextmanager
def figure_style() -> Iterator[None]:
    """Apply the Matplotlib settings of this package, from `spectra.mplstyle`."""
    with as_file(files(__package__) / "spectra.mplstyle") as path, matplotlib.style.context(path):
        yield


def check_figure(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Check that a figure can be written.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is not a format of Matplotlib.
    """
    check_output(path, overwrite)
    check_format(path)


def check_format(path: str | os.PathLike[str]) -> None:
    """Check the format of a figure.

    Raises:
        ValueError: the ending of the file is not a format of Matplotlib.
    """
    formats = FigureCanvasBase.get_supported_filetypes()
    if Path(path).suffix[1:] not in formats:
        raise ValueError(f"{path}: the name of a figure must end in one of {', '.join(sorted(formats))}.")


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Save a figure in the format that the ending of the name gives; the file appears when it is complete.

    Raises:
        ValueError: the ending is not a format of Matplotlib.
    """
    drawn = io.BytesIO()
    with figure_style():
        figure.savefig(drawn, format=Path(path).suffix[1:])
    path = Path(path)
    with process_lock(path), atomic_write(path) as temporary:
        temporary.write_bytes(drawn.getvalue())
