"""Text for messages."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence

__all__ = ["indent_list", "name_atoms", "printable", "round_up", "shorten", "with_subscripts"]


def shorten(items: Sequence[object]) -> str:
    """Join the first ten items, with dots for the rest."""
    return ", ".join(map(str, items[:10])) + (", ..." if len(items) > 10 else "")


def indent_list(items: Sequence[object]) -> str:
    """Return the first ten items on lines of their own, with dots for the rest."""
    return "".join(f"\n  {item}" for item in [*items[:10], *(["..."] if len(items) > 10 else [])])


def round_up(value: float) -> str:
    """Return a number with two decimals, rounded up: one above a limit never looks like the limit."""
    return f"{math.ceil(round(100 * value, 6)) / 100:.2f}"


def with_subscripts(formula: str) -> str:
    """Return a chemical formula for Matplotlib, with numbers as subscripts."""
    return re.sub(r"(\d+)", r"$_{\1}$", formula)


def name_atoms(element: str, atoms: Sequence[int]) -> str:
    """Return the names of atoms: "C0, C3", with a dash for three or more in a row.

    Args:
        element: symbol of their element.
        atoms: their indices, ascending.
    """
    runs: list[list[int]] = []
    for atom in atoms:
        if runs and atom == runs[-1][-1] + 1:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    names: list[str] = []
    for run in runs:
        if len(run) > 2:
            names.append(f"{element}{run[0]}\N{EN DASH}{element}{run[-1]}")
        else:
            names += [f"{element}{atom}" for atom in run]
    return ", ".join(names)


def printable(path: str | os.PathLike[str]) -> str:
    """Return the name of a file as valid text; other bytes than UTF-8 are escaped."""
    return os.fsencode(path).decode(errors="backslashreplace")
