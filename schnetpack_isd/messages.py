"""Wording that messages share."""

from __future__ import annotations

__all__ = ["few"]


def few(ids: list[int]) -> str:
    """The first ten ids, and dots for the others."""
    return ", ".join(map(str, ids[:10])) + (", ..." if len(ids) > 10 else "")
