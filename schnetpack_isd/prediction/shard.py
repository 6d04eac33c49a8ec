"""Part of the structures of a file, for prediction in several processes."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Shard"]


@dataclass(frozen=True)
class Shard:
    """Part of the structures of a file: every `n_parts`-th one.

    Attributes:
        part: number of the part, from 1.
        n_parts: number of parts.

    Raises:
        ValueError: the part is not between 1 and the number of parts.
    """

    part: int
    n_parts: int

    def __post_init__(self) -> None:
        if not 1 <= self.part <= self.n_parts:
            raise ValueError(f"A shard must be I/N with I from 1 to N, not {self}.")

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read a shard from text such as ``2/8``.

        Raises:
            ValueError: the text is not of this form.
        """
        match = re.fullmatch(r"(\d+)/(\d+)", text)
        if match is None:
            raise ValueError(f"A shard must be I/N with I from 1 to N, not {text}.")
        return cls(int(match[1]), int(match[2]))

    def has(self, number: int) -> bool:
        """Return whether a structure, numbered from 0, belongs to the part."""
        return number % self.n_parts == self.part - 1

    def __str__(self) -> str:
        return f"{self.part}/{self.n_parts}"
