"""Options of subcommands that compare with measured spectra."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schnetpack_isd.measured import MeasuredSeries

__all__ = [
    "add_measured_choice",
    "add_measured_series",
    "add_measured_spectrum",
    "measured_files",
    "measured_series",
]

ONE_SPECTRUM = (
    "one measured spectrum without orientation, hence without an angle: of a gas, a powder, an unoriented film, or a "
    "film at the magic angle"
)


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
    _add_pairs(source, "--measured")
    _add_series_file(source)
    _add_columns(group)
    _add_polarisation(group)


def add_measured_choice(parser: argparse.ArgumentParser) -> None:
    """Add the options that name one measured spectrum without an angle, or spectra at several angles.

    They are ``--measured FILE``, ``--measured-at ANGLE FILE`` (repeatable) or ``--series FILE``, and ``--column``,
    ``--energy-column`` and ``--polarisation``.

    Args:
        parser: parser of the subcommand.
    """
    group = parser.add_argument_group("measured spectra")
    source = group.add_mutually_exclusive_group(required=True)
    source.add_argument("--measured", metavar="FILE", type=_not_an_angle, help=ONE_SPECTRUM)
    _add_pairs(source, "--measured-at")
    _add_series_file(source)
    _add_columns(group)
    _add_polarisation(group)


def _not_an_angle(text: str) -> str:
    """Return the name of a file.

    Raises:
        argparse.ArgumentTypeError: it is a number, and there is no such file.
    """
    try:
        float(text)
    except ValueError:
        return text
    if Path(text).exists():
        return text
    raise argparse.ArgumentTypeError(f"{text} is no file; give spectra at angles with --measured-at ANGLE FILE")


def _add_pairs(source: argparse._ActionsContainer, name: str) -> None:
    source.add_argument(
        name,
        nargs=2,
        action="append",
        default=[],
        metavar=("ANGLE", "FILE"),
        help="measured spectrum and the angle in degrees between field and film normal, which for p-polarised light is "
        "the angle of incidence measured from the surface; repeatable. ANGLE can be `isotropic` (a powder, a gas, an "
        "unoriented film), one angle for each column of the file (20,55,90), or `header` if the labels of the columns "
        "are angles",
    )


def _add_series_file(source: argparse._ActionsContainer) -> None:
    source.add_argument("--series", metavar="FILE", help="YAML file that names measured spectra and their treatment")


def _add_polarisation(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--polarisation",
        type=float,
        metavar="P",
        help="fraction of the light that is polarised in the plane of incidence; bending magnets have 0.8 to 0.95 "
        "(default: unknown, which fits take as 1)",
    )


def add_measured_spectrum(parser: argparse.ArgumentParser, purpose: str = "") -> None:
    """Add the options that name one measured spectrum without an angle.

    They are ``--measured FILE``, ``--column`` and ``--energy-column``.

    Args:
        parser: parser of the subcommand.
        purpose: end of the help text, with what the spectrum is for.
    """
    group = parser.add_argument_group("measured spectrum")
    group.add_argument("--measured", metavar="FILE", help=f"{ONE_SPECTRUM}{purpose}")
    _add_columns(group)


def _add_columns(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--column", metavar="COLUMN", help="column of the intensities: its number, from 1, or a part of its label"
    )
    group.add_argument("--energy-column", metavar="COLUMN", help="column of the energies (default: the first)")


def measured_files(options: argparse.Namespace) -> list[str]:
    """Return the files that the command line names, which no output may replace."""
    return [options.series] if options.series is not None else [path for _, path in _pairs(options)]


def measured_series(options: argparse.Namespace) -> MeasuredSeries:
    """Read the measured spectra. It takes no time, so call it before a model is loaded, whose energies tell the edge.

    Args:
        options: parsed arguments of :func:`add_measured_series` or :func:`add_measured_choice`.

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
        [(parse_angles(angles), path) for angles, path in _pairs(options)],
        column=options.column,
        energy_column=options.energy_column,
        polarisation=options.polarisation,
        edge=None,
    )


def _pairs(options: argparse.Namespace) -> list[list[str]]:
    """Return angles and files as they are given."""
    pairs: list[list[str]] = options.measured_at if hasattr(options, "measured_at") else options.measured
    return pairs
