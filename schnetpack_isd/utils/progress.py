"""Progress of long work."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

__all__ = ["show_progress"]

Item = TypeVar("Item")

LOG_INTERVAL = 60.0
"""Time between two lines in a file, in seconds."""


def show_progress(
    items: Iterable[Item], what: str, show: bool = True, total: int | None = None, unit: str = "it"
) -> Iterable[Item]:
    """Show a progress bar on a terminal, and a line a minute in a file; nothing for work of less than a second.

    Args:
        items: what the work is on.
        what: description of the work.
        show: show anything at all.
        total: number of items, if they do not know it.
        unit: what an item is.

    Returns:
        The items.
    """
    is_terminal = sys.stderr.isatty()
    return tqdm(
        items,
        what,
        total,
        unit=f" {unit}",
        disable=not show,
        delay=1.0 if is_terminal else LOG_INTERVAL,
        mininterval=0.1 if is_terminal else LOG_INTERVAL,
    )
