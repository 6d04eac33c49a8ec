"""Text for messages."""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["printable", "shorten"]


def shorten(items: Sequence[object]) -> str:
    """Join the first ten items, with dots for the rest."""
    return ", ".join(map(str, items[:10])) + (", ..." if len(items) > 10 else "")


def printable(path: str | os.PathLike[str]) -> str:
    """Return the name of a file as valid text; other bytes than UTF-8 are escaped."""
    return os.fsencode(path).decode(errors="backslashreplace")
