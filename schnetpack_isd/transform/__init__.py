"""Preprocessing transforms."""

from .random_directions import RandomDirections

__all__ = ["RandomDirections"]
