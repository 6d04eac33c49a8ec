"""Wording that messages share."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["few"]


def few(things: Sequence[object]) -> str:
    """The first ten, and dots for the others."""
    return ", ".join(map(str, things[:10])) + (", ..." if len(things) > 10 else "")
