"""Splits by the names that commands use."""

from __future__ import annotations

from typing import Any

from .random_split import RandomSplit
from .scaffold_split import ScaffoldSplit
from .splitting import MoleculeSplit, PaperSplit, SizeSplit

__all__ = ["make_splitting"]

KINDS: dict[str, tuple[type[MoleculeSplit], tuple[str, ...]]] = {
    "paper": (PaperSplit, ("seed", "metric_file")),
    "random": (RandomSplit, ("fractions", "seed", "added")),
    "scaffold": (ScaffoldSplit, ("fractions",)),
    "size": (SizeSplit, ("seed", "max_heavy_atoms", "test_kind")),
}
"""Classes of splits and their options, by name."""


def make_splitting(kind: str, **options: Any) -> MoleculeSplit:
    """Return a split by its name.

    Args:
        kind: "paper", "random", "scaffold" or "size".
        options: arguments of :class:`~schnetpack_isd.data.PaperSplit`, :class:`~schnetpack_isd.data.RandomSplit`,
            :class:`~schnetpack_isd.data.ScaffoldSplit` or :class:`~schnetpack_isd.data.SizeSplit`.

    Raises:
        ValueError: the kind is unknown, or does not have an option.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not a kind of split: {', '.join(KINDS)}.")
    splitting, known = KINDS[kind]
    for name in options.keys() - set(known):
        raise ValueError(f"--{name.replace('_', '-')} is not an option of --by {kind}.")
    return splitting(**options)
