"""Text for messages."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence

__all__ = ["indent_list", "printable", "round_up", "shorten", "with_subscripts"]


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


def printable(path: str | os.PathLike[str]) -> str:
    """Return the name of a file as valid text; other bytes than UTF-8 are escaped."""
    return os.fsencode(path).decode(errors="backslashreplace")
