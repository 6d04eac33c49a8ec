"""Tables of ranked candidates: CSV, JSON and text."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schnetpack_isd.analysis.tables import check_table
from schnetpack_isd.utils.files import atomic_write, process_lock, refuse_existing

from .ranking import Match, percent

__all__ = ["format_match", "write_match"]

MOST_LINES = 10
"""Largest number of candidates that are printed."""


def write_match(match: Match, path: str | os.PathLike[str], record: Mapping[str, Any], overwrite: bool = False) -> None:
    """Write the candidates to a file, most probable first.

    Args:
        match: the ranked candidates.
        path: file to write, .csv or .json.
        record: origin of the spectra, written with them.
        overwrite: replace a file that exists.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is neither .csv nor .json.
    """
    path = Path(path)
    check_table(path, overwrite)
    header = {
        **record,
        "noise": match.measurement.noise * match.measurement.height,
        "error_inflation": match.inflation,
        "verdict": match.verdict(),
    }
    rows = [_row(match, place) for place in range(len(match.names))]
    with process_lock(path):
        refuse_existing(path, overwrite)
        with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            if path.suffix == ".json":
                json.dump({**header, "candidates": rows}, file, indent=2)
                file.write("\n")
                return
            file.writelines(f"# {key}: {value}\n" for key, value in header.items())
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows({key: f"{v:.6g}" if isinstance(v, float) else v for key, v in row.items()} for row in rows)


def _row(match: Match, place: int) -> dict[str, Any]:
    """Return a candidate as plain values, with factors on the scale of the measured file."""
    fit, scaling = match.fits[place], match.measurement
    return {
        "place": place + 1,
        "candidate": match.names[place],
        "number": int(match.order[place]),
        "probability": float(match.probabilities[place]),
        "group": int(match.groups[place]),
        "chi2_per_point": fit.chi2 / len(scaling.energies),
        "log_likelihood": fit.log_likelihood,
        "shift_eV": fit.shift,
        "broadening_eV": fit.broadening,
        "scale": fit.scale * scaling.height,
        "edge_step": fit.step * scaling.height,
        "offset": fit.offset * scaling.height + scaling.lowest,
    }


def format_match(match: Match) -> str:
    """Return the verdict, and a line for each of the most probable candidates."""
    lines = [match.verdict(), "", "probability  chi2/n  shift/eV  broadening/eV  candidate"]
    n_points = len(match.measurement.energies)
    for name, probability, fit in list(zip(match.names, match.probabilities, match.fits, strict=True))[:MOST_LINES]:
        lines.append(
            f"{percent(probability):>11}  {fit.chi2 / n_points:6.2f}  {fit.shift:+8.2f}  {fit.broadening:13.2f}  {name}"
        )
    if len(match.names) > MOST_LINES:
        lines.append(f"and {len(match.names) - MOST_LINES} more")
    return "\n".join(lines)
