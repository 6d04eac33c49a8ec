"""Writer of the XAS Data Interchange format, which Larch and Athena open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd import __version__

__all__ = ["APPLICATION", "write_xdi_file"]

APPLICATION = "schnetpack_isd"
"""Name of this package in files, and of its extension fields."""


def write_xdi_file(
    path: Path,
    columns: Mapping[str, tuple[str, NDArray]],
    fields: Mapping[str, str],
    extension: Mapping[str, object],
    comments: list[str],
) -> None:
    """Write columns as XDI/1.0.

    Args:
        path: file to write.
        columns: unit and (n,) numbers of each column by its label; the first is the energy.
        fields: values of the specification's fields.
        extension: values of the fields of this package.
        comments: lines of the user's comments.

    References:
        XAS Data Interchange Format, version 1.0 (https://github.com/XraySpectroscopy/XAS-Data-Interchange).
    """
    labels = {f"Column.{number}": f"{label} {unit}" for number, (label, (unit, _)) in enumerate(columns.items(), 1)}
    extensions = {f"{APPLICATION}.{key}": str(value) for key, value in extension.items()}
    lines = [f"XDI/1.0 {APPLICATION}/{__version__}"]
    lines += [f"{name}: {_printable(value)}" for name, value in {**labels, **fields, **extensions}.items()]
    lines += ["///", *map(_printable, comments), "-" * 20, " ".join(columns)]
    data = np.column_stack([values for _, values in columns.values()])
    formats = ("%.7f", *["%.7g"] * (len(columns) - 1))
    np.savetxt(path, data, fmt=formats, header="\n".join(lines), comments="# ", encoding="ascii")


def _printable(text: str) -> str:
    """Replace characters that the specification does not allow in a field: anything but printable ASCII."""
    return re.sub(r"[^\x20-\x7e]", "?", text.replace("°", " degrees"))
