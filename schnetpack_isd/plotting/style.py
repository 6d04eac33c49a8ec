"""How figures look."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

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
    with figure_style():
        figure.savefig(path)
