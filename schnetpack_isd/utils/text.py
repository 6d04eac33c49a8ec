"""Text for messages."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["shorten"]


def shorten(items: Sequence[object]) -> str:
    """Join the first ten items, with dots for the rest."""
    return ", ".join(map(str, items[:10])) + (", ..." if len(items) > 10 else "")
