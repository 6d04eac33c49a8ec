"""Tables of ranked candidates: CSV, JSON and text."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from schnetpack_isd.analysis.outputs import open_table, write_json, write_rows

from .fit import CandidateFit
from .measurement import Measurement
from .ranking import Match, percent

__all__ = ["ENDINGS", "format_match", "write_match"]

ENDINGS = (".csv", ".json")

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
    header = {
        **record,
        "noise": match.measurement.noise * match.measurement.height,
        "error_inflation": match.inflation,
        "verdict": match.verdict(),
    }
    rows = [_row(match, place) for place in range(len(match.names))]
    with open_table(path, overwrite, ENDINGS) as temporary:
        if temporary.suffix == ".json":
            write_json(temporary, {**header, "candidates": rows})
        else:
            write_rows(temporary, header, rows)


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
        "at_limit": fit.at_limit,
        "scale": fit.scale * scaling.height,
        **({} if fit.tilt is None else {"tilt_deg": fit.tilt}),
        "edge_step": fit.step * scaling.height,
        **_offsets(fit, scaling),
    }


def _offsets(fit: CandidateFit, scaling: Measurement) -> dict[str, float]:
    """Return the offsets by name: that of an isotropic spectrum, or one for each angle."""
    offsets = (fit.offsets * scaling.height + scaling.lowest).tolist()
    if scaling.angles is None:
        return {"offset": offsets[0]}
    return {f"offset_{angle:g}deg": offset for angle, offset in zip(scaling.angles, offsets, strict=True)}


def format_match(match: Match) -> str:
    """Return the verdict, and a line for each of the most probable candidates."""
    tilt = "" if match.fits[0].tilt is None else "  tilt"
    lines = [match.verdict(), "", f"probability  chi2/n  shift/eV  broadening/eV{tilt}  candidate"]
    n_points = len(match.measurement.energies)
    shown = list(zip(match.names, match.probabilities, match.fits, strict=True))[:MOST_LINES]
    for name, probability, fit in shown:
        tilt = "" if fit.tilt is None else f"  {fit.tilt:3.0f}°"
        lines.append(
            f"{percent(probability):>11}  {fit.chi2 / n_points:6.2f}  {fit.shift:+8.2f}  {fit.broadening:13.2f}{tilt}  "
            f"{name}{'  *' if fit.at_limit else ''}"
        )
    if len(match.names) > MOST_LINES:
        lines.append(f"and {len(match.names) - MOST_LINES} more")
    if any(fit.at_limit for *_, fit in shown):
        lines += ["", "* Shift or broadening is at a limit: a wrong candidate, or energies that need a calibration."]
    return "\n".join(lines)
