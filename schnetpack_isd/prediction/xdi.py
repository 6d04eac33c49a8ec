"""XAS Data Interchange format: what Larch and Athena open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd import __version__

from .store import MOLECULE, Row

__all__ = ["write_xdi"]


def write_xdi(path: Path, row: Row, energies: NDArray, attributes: Mapping[str, Any]) -> None:
    """Write a spectrum as XDI/1.0.

    The edge is K. There is no `Mono.d_spacing`: nothing was measured, and the axis is in eV. What the specification
    has no field for is in the extension fields `schnetpack_isd.*`.

    Args:
        path: file to write.
        row: the spectrum.
        energies: (n_energies,) axis in eV.
        attributes: what is said of all spectra of a prediction.

    References:
        XAS Data Interchange Format, version 1.0 (https://github.com/XraySpectroscopy/XAS-Data-Interchange).
    """
    fields = {
        "Column.1": "energy eV",
        "Column.2": "intensity arb.",
        "Element.symbol": attributes["absorbing_element"],
        "Element.edge": "K",
        "Sample.name": row.formula,
        "Sample.stoichiometry": re.sub(r"(?<=[A-Za-z0-9])(?=[A-Z])", " ", row.formula),
    }
    extension = {
        "spectrum": row.description,
        "structure": row.structure,
        "atom": "all" if row.atom == MOLECULE else row.atom,
        "direction": row.label if np.isnan(row.direction).any() else "{:.8f} {:.8f} {:.8f}".format(*row.direction),
        **attributes,
    }
    fields |= {f"schnetpack_isd.{key}": value for key, value in extension.items()}
    lines = [f"XDI/1.0 schnetpack_isd/{__version__}"]
    lines += [f"{name}: {_one_line(value)}" for name, value in fields.items()]
    lines += ["///", "Predicted by a neural network, not measured.", "-" * 20, "energy intensity"]
    data = np.column_stack([energies, row.spectrum])
    np.savetxt(path, data, fmt=("%.7f", "%.7g"), header="\n".join(lines), comments="# ", encoding="ascii")


def _one_line(value: object) -> str:
    """Text as the specification wants it: printable ASCII on one line."""
    return re.sub(r"[^\x20-\x7e]", "?", str(value))
