"""Tables that commands write."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def read_table(path: str) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """Comments by key, and columns of a table."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    comments = dict(line[2:].split(": ", 1) for line in lines if line.startswith("#"))
    names, *rows = [line for line in lines if not line.startswith("#")]
    return comments, dict(zip(names.split(","), np.loadtxt(rows, delimiter=",").T, strict=True))
