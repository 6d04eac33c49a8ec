"""Normalised spectra and their figure from the YAML file of a series."""

from __future__ import annotations

import os
from pathlib import Path

from schnetpack_isd.plotting import check_figure, save_figure
from schnetpack_isd.utils.files import check_not_input

from .figure import plot_series
from .series_file import check_series_file, read_series_file
from .write_series import check_folder, write_series

__all__ = ["normalise_file"]


def normalise_file(
    series: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    figure: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Read the spectra of a YAML file, and write them to a folder of XDI files, a figure or both.

    Args:
        series: the YAML file, see :func:`~schnetpack_isd.measured.read_series_file`.
        output: folder to write; each file keeps the text of the YAML file.
        figure: figure to draw; its ending is a format of Matplotlib.
        overwrite: replace outputs that exist.

    Returns:
        The files that were written.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: a file or the folder of an output does not exist.
        ImportError: a format or a normalisation needs a library that is not installed.
        ValueError: there is nothing to write, or a key or a file is not as described; the message names it.
    """
    check_series_file(series)
    if output is None and figure is None:
        name = Path(series).stem
        raise ValueError(
            f"There is nothing to write: give a folder for the spectra (`--output {name}_normalised`), a figure "
            f"(`--plot {name}.png`), or both."
        )
    if output is not None:
        check_not_input(output, [series], [figure])
        check_folder(output, overwrite)
    if figure is not None:
        check_not_input(figure, [series])
        check_figure(figure, overwrite)
    spectra = read_series_file(series, edge=None)
    written: list[Path] = []
    if output is not None:
        written += write_series(spectra, output, Path(series).read_text(encoding="utf-8"), overwrite)
    if figure is not None:
        save_figure(plot_series(spectra), figure)
        written.append(Path(figure))
    return written
