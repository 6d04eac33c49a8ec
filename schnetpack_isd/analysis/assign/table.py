"""Tables of assigned peaks: CSV, JSON and text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

from schnetpack_isd.analysis.outputs import open_table, write_json, write_rows
from schnetpack_isd.utils.text import name_atoms

from .assignment import AssignedPeak, Assignment, Contribution
from .polarisation import angle_between

__all__ = ["ENDINGS", "format_assignment", "write_assignment"]

ENDINGS = (".csv", ".json")

NO_DIRECTION = 0.05
"""Order below which text names no direction."""

LEAST_SHARE = 0.03
"""Share of a peak below which a part has no direction in tables: its tensor there is the tails of other peaks.

Of many atoms, each has a small share; those with half of an equal share have a direction all the same.
"""


def write_assignment(
    assignment: Assignment,
    path: str | os.PathLike[str],
    record: Mapping[str, Any],
    overwrite: bool = False,
) -> None:
    """Write the peaks to a file: a row for the molecule, for each group and for each site of each peak.

    Args:
        assignment: the assignment, with at least one peak.
        path: file to write, .csv or .json.
        record: origin of the spectra, written with them.
        overwrite: replace a file that exists.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is neither .csv nor .json.
    """
    with open_table(path, overwrite, ENDINGS) as temporary:
        if temporary.suffix == ".json":
            write_json(temporary, {**record, "peaks": list(_nested(assignment))})
        else:
            write_rows(temporary, record, list(_rows(assignment)))


def _nested(assignment: Assignment) -> Iterator[dict[str, Any]]:
    """Iterate over the peaks as plain values."""
    for number, peak in enumerate(assignment.peaks, 1):
        common = (assignment.normal, len(peak.sites))
        yield {
            **_peak(number, peak),
            "molecule": _contribution(peak.molecule, *common),
            "groups": [_contribution(group, *common) for group in peak.groups],
            "sites": [_contribution(site, *common) for site in peak.sites],
        }


def _rows(assignment: Assignment) -> Iterator[dict[str, Any]]:
    """Iterate over the rows of a table."""
    for number, peak in enumerate(assignment.peaks, 1):
        parts = [("molecule", peak.molecule), *(("group", group) for group in peak.groups)]
        for kind, contribution in [*parts, *(("site", site) for site in peak.sites)]:
            values = {
                **_peak(number, peak),
                "part": kind,
                **_contribution(contribution, assignment.normal, len(peak.sites)),
            }
            values["atoms"] = " ".join(map(str, contribution.atoms))
            axis = values.pop("axis") or [None] * 3
            values |= {f"axis_{name}": value for name, value in zip("xyz", axis, strict=True)}
            yield values


def _peak(number: int, peak: AssignedPeak) -> dict[str, Any]:
    return {
        "peak": number,
        "energy_eV": peak.energy,
        "energy_std_eV": peak.energy_std,
        "intensity": peak.intensity,
        "intensity_std": peak.intensity_std,
        "start_eV": peak.start,
        "stop_eV": peak.stop,
        "n_members": peak.n_members,
    }


def _contribution(part: Contribution, normal: NDArray | None, n_sites: int) -> dict[str, Any]:
    axis = part.polarisation.axis
    has_direction = part.share >= min(LEAST_SHARE, 0.5 * len(part.atoms) / n_sites)
    return {
        "atoms": list(part.atoms),
        "share": part.share,
        "share_std": part.share_std,
        "order": part.polarisation.order if has_direction else None,
        "order_std": part.order_std if has_direction else None,
        "axis": axis.tolist() if has_direction else None,
        "angle_to_normal_deg": angle_between(axis, normal) if has_direction and normal is not None else None,
    }


def format_assignment(assignment: Assignment, element: str) -> str:
    """Return the peaks as text: a line for each peak with the groups that make at least a twentieth of it."""
    lines = []
    for number, peak in enumerate(assignment.peaks, 1):
        energy, intensity = _with_std(peak.energy, peak.energy_std), _with_std(peak.intensity, peak.intensity_std)
        groups = sorted(peak.groups, key=lambda group: -group.share)
        shares = [f"{name_atoms(element, group.atoms)} {group.share:.0%}" for group in groups if group.share >= 0.05]
        members = ""
        if peak.n_members < assignment.n_members:
            members = f"; {peak.n_members} of {assignment.n_members} models have it"
        direction = _direction(peak.molecule, assignment.normal)
        lines.append(f"{number:3}  {energy} eV  intensity {intensity}  {direction}{members}\n     {'; '.join(shares)}")
    if assignment.n_smaller:
        maxima = "maximum is" if assignment.n_smaller == 1 else "maxima are"
        lines.append(f"{assignment.n_smaller} smaller {maxima} not listed; see --prominence.")
    return "\n".join(lines)


def _direction(part: Contribution, normal: NDArray | None) -> str:
    """Describe the direction of polarisation in words."""
    polarisation = part.polarisation
    if abs(polarisation.order) < NO_DIRECTION:
        return "no direction"
    side = "along" if polarisation.order > 0 else "perpendicular to"
    axis = f"({', '.join(f'{value:.2f}' for value in polarisation.axis)})"
    angle = "" if normal is None else f", {angle_between(polarisation.axis, normal):.0f}° from the plane normal"
    return f"{side} {axis}{angle}, order {_with_std(polarisation.order, part.order_std)}"


def _with_std(value: float, std: float | None) -> str:
    return f"{value:.2f}" if std is None else f"{value:.2f}±{std:.2f}"
