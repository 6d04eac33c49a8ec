"""YAML files that describe series of measured spectra."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from schnetpack_isd.utils.files import check_input

from .angles import Angles, parse_angles
from .normalisation import Normalisation
from .scan import Scan, ScanFile
from .series import MeasuredSeries
from .series_reader import CARBON_K_EDGE, read_scans

__all__ = ["check_series_file", "read_series_file"]

COLUMN_KEYS = ("column", "energy_column", "i0_column")

NORMALISATION_KEYS = ("pre_edge", "post_edge", "edge_energy", "method")

SCAN_KEYS = (*COLUMN_KEYS, *NORMALISATION_KEYS, "reference", "photodiode", "energy_shift")
"""Keys of each file, which can also be given once for all files."""

REFERENCE_KEYS = ("file", *COLUMN_KEYS)

FILE_KEYS = ("file", "angle", *SCAN_KEYS)

SERIES_KEYS = ("files", "polarisation", *SCAN_KEYS)


def read_series_file(path: str | os.PathLike[str], edge: tuple[float, float] | None = CARBON_K_EDGE) -> MeasuredSeries:
    """Read the spectra that a YAML file describes.

    The keys are `files`, a list with `file` and `angle`; `polarisation`; and those of a scan, for one file or for all:
    `column`, `energy_column`, `i0_column`, `photodiode` or `reference` (with `file` and columns of its own),
    `energy_shift`, `pre_edge`, `post_edge`, `edge_energy` and `method`. Files are relative to the folder of the YAML
    file. See :class:`~schnetpack_isd.measured.scan.Scan` and
    :class:`~schnetpack_isd.measured.normalisation.Normalisation`.

    Args:
        path: the YAML file.
        edge: range in eV that each spectrum must overlap; None for no such check.

    Raises:
        FileNotFoundError: a file does not exist.
        ImportError: a format or a normalisation needs a library that is not installed.
        ValueError: a key or a file is not as described; the message names it.
    """
    content = check_series_file(path)
    defaults = {key: value for key, value in content.items() if key in SCAN_KEYS}
    entries = content["files"]
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path}: `files` must be a list of files with their angles.")
    scans = [_scan(path, entry, defaults) for entry in entries]
    polarisation = _number(path, content, "polarisation", 1.0) if "polarisation" in content else None
    return read_scans(scans, polarisation, edge)


def check_series_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the content of a YAML file of a series; the files that it names are not read.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a YAML file of a series.
    """
    check_input(path)
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a YAML file: {error}. {_example(path)}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is not a YAML file with the keys {', '.join(SERIES_KEYS)}. {_example(path)}")
    _check_keys(path, content, SERIES_KEYS, needed=("files",))
    return content


def _example(path: str | os.PathLike[str]) -> str:
    name = Path(path).name
    return f"If it is a scan, write a YAML file that names it: `files: [{{file: {name}, angle: 20}}]`."


def _scan(path: str | os.PathLike[str], entry: Any, defaults: Mapping[str, Any]) -> Scan:
    _check_keys(path, entry, FILE_KEYS, needed=("file", "angle"))
    values = {**defaults, **entry}
    if values.get("reference") is not None and values.get("photodiode") is not None:
        raise ValueError(f"{path}: give `photodiode` or `reference`, not both.")
    reference = values.get("reference") or values.get("photodiode")
    if reference is not None:
        _check_keys(path, reference, REFERENCE_KEYS, needed=("file",))
    return Scan(
        _scan_file(path, values),
        _angles(path, values["angle"]),
        None if reference is None else _scan_file(path, reference),
        is_photodiode=values.get("photodiode") is not None,
        energy_shift=_number(path, values, "energy_shift", 0.0),
        normalisation=_normalisation(path, values),
    )


def _scan_file(path: str | os.PathLike[str], values: Mapping[str, Any]) -> ScanFile:
    for key in COLUMN_KEYS:
        if not isinstance(values.get(key), int | str | None):
            raise ValueError(f"{path}: `{key}` must be a number or a part of a label, not {values[key]!r}.")
    return ScanFile(Path(path).parent / str(values["file"]), *(values.get(key) for key in COLUMN_KEYS))


def _angles(path: str | os.PathLike[str], value: Any) -> Angles:
    """Read a number, a list of numbers, or the words of the command line."""
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    try:
        return parse_angles(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _normalisation(path: str | os.PathLike[str], values: Mapping[str, Any]) -> Normalisation:
    arguments = {key: values[key] for key in NORMALISATION_KEYS if values.get(key) is not None}
    try:
        for key in ("pre_edge", "post_edge"):
            if key in arguments:
                arguments[key] = tuple(float(energy) for energy in arguments[key])
        if "edge_energy" in arguments:
            arguments["edge_energy"] = float(arguments["edge_energy"])
        return Normalisation(**arguments)
    except TypeError:
        raise ValueError(f"{path}: `pre_edge` and `post_edge` must be two energies, as in [270, 282].") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _number(path: str | os.PathLike[str], values: Mapping[str, Any], key: str, default: float) -> float:
    try:
        return float(values.get(key, default))
    except (TypeError, ValueError):
        raise ValueError(f"{path}: `{key}` must be a number, not {values[key]!r}.") from None


def _check_keys(path: str | os.PathLike[str], value: Any, known: tuple[str, ...], needed: tuple[str, ...]) -> None:
    """Check that a part of the file is a mapping with known keys."""
    if not isinstance(value, dict):
        raise ValueError(f"{path}: keys and values were expected ({', '.join(known)}), not {value!r}.")
    if unknown := [str(key) for key in value if key not in known]:
        raise ValueError(f"{path}: `{unknown[0]}` is not known; the keys are {', '.join(known)}.")
    if missing := [key for key in needed if key not in value]:
        raise ValueError(f"{path}: `{missing[0]}` is missing in {value!r}.")
