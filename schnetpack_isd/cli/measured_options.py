"""Options of subcommands that compare with measured spectra."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schnetpack_isd.measured import MeasuredSeries

__all__ = ["add_measured_series", "add_measured_spectrum", "measured_files", "measured_series"]


def add_measured_series(parser: argparse.ArgumentParser) -> None:
    """Add the options that name measured spectra at several angles.

    They are ``--measured ANGLE FILE`` (repeatable) or ``--series FILE``, and ``--column``, ``--energy-column`` and
    ``--polarisation`` for the former. Their values are ``options.measured``, ``series``, ``column``, ``energy_column``
    and ``polarisation``.

    Args:
        parser: parser of the subcommand.
    """
    group = parser.add_argument_group("measured spectra")
    source = group.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--measured",
        nargs=2,
        action="append",
        default=[],
        metavar=("ANGLE", "FILE"),
        help="measured spectrum and the angle in degrees between field and film normal, which for p-polarised light is "
        "the angle of incidence measured from the surface; repeatable. ANGLE can be `isotropic` (a powder, a gas, an "
        "unoriented film), one angle for each column of the file (20,55,90), or `header` if the labels of the columns "
        "are angles",
    )
    source.add_argument("--series", metavar="FILE", help="YAML file that names measured spectra and their treatment")
    _add_columns(group)
    group.add_argument(
        "--polarisation",
        type=float,
        metavar="P",
        help="fraction of the light that is polarised in the plane of incidence; bending magnets have 0.8 to 0.95 "
        "(default: unknown, which fits take as 1)",
    )


def add_measured_spectrum(parser: argparse.ArgumentParser, required: bool = False, purpose: str = "") -> None:
    """Add the options that name one measured spectrum without an angle.

    They are ``--measured FILE``, ``--column`` and ``--energy-column``.

    Args:
        parser: parser of the subcommand.
        required: the spectrum must be given.
        purpose: end of the help text, with what the spectrum is for.
    """
    group = parser.add_argument_group("measured spectrum")
    group.add_argument(
        "--measured",
        required=required,
        metavar="FILE",
        help="one measured spectrum without orientation, hence without an angle: of a gas, a powder, an unoriented "
        f"film, or a film at the magic angle{purpose}",
    )
    _add_columns(group)


def _add_columns(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--column", metavar="COLUMN", help="column of the intensities: its number, from 1, or a part of its label"
    )
    group.add_argument("--energy-column", metavar="COLUMN", help="column of the energies (default: the first)")


def measured_files(options: argparse.Namespace) -> list[str]:
    """Return the files that the command line names, which no output may replace."""
    return [options.series] if options.series is not None else [path for _, path in options.measured]


def measured_series(options: argparse.Namespace) -> MeasuredSeries:
    """Read the measured spectra. It takes no time, so call it before a model is loaded, whose energies tell the edge.

    Args:
        options: parsed arguments of :func:`add_measured_series`.

    Returns:
        The spectra in ascending order of their angles; those without an angle (None) come first.

    Raises:
        FileNotFoundError: a file does not exist.
        ValueError: a file or an angle is not as described; the message names it.
    """
    from schnetpack_isd.measured import parse_angles, read_series, read_series_file

    if options.series is not None:
        for name in ("column", "energy_column", "polarisation"):
            if getattr(options, name) is not None:
                raise ValueError(f"--{name.replace('_', '-')} goes with --measured; {options.series} states it itself.")
        return read_series_file(options.series, edge=None)
    return read_series(
        [(parse_angles(angles), path) for angles, path in options.measured],
        column=options.column,
        energy_column=options.energy_column,
        polarisation=options.polarisation,
        edge=None,
    )
