"""How figures look."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

import matplotlib.style
from matplotlib.figure import Figure

__all__ = ["figure_style", "save_figure"]


@contextmanager
def figure_style() -> Iterator[None]:
    """Matplotlib's settings for figures of this package, from `spectra.mplstyle`."""
    with as_file(files(__package__) / "spectra.mplstyle") as path, matplotlib.style.context(path):
        yield


def save_figure(figure: Figure, path: str | os.PathLike) -> None:
    """Save a figure; the ending of the name says in which format.

    Raises:
        ValueError: Matplotlib does not know the format.
    """
    drawn = io.BytesIO()
    with figure_style():
        figure.savefig(drawn, format=Path(path).suffix[1:])
    Path(path).write_bytes(drawn.getvalue())
