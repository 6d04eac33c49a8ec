"""Writer of the XAS Data Interchange format, which Larch and Athena open."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd import __version__
from schnetpack_isd.directions import ISOTROPIC

from .record import PredictionRecord
from .store import MOLECULE, PredictedSpectrum

__all__ = ["write_xdi"]


def write_xdi(path: Path, row: PredictedSpectrum, energies: NDArray, record: PredictionRecord) -> None:
    """Write a spectrum as XDI/1.0.

    The edge is K. The intensities are labelled `mu`, which Larch and Athena take as data. There is no
    `Mono.d_spacing`, since nothing was measured; the axis is in eV. Information for which the specification has no
    field is in the extension fields `schnetpack_isd.*`. A third column, `mu_std`, is the standard deviation of an
    ensemble.

    Args:
        path: file to write.
        row: the spectrum.
        energies: (n_energies,) axis in eV.
        record: origin of the spectrum.

    References:
        XAS Data Interchange Format, version 1.0 (https://github.com/XraySpectroscopy/XAS-Data-Interchange).
    """
    fields = {
        "Column.1": "energy eV",
        "Column.2": "mu arb.",
        **({} if row.spectrum_std is None else {"Column.3": "mu_std arb."}),
        "Element.symbol": record.absorbing_element,
        "Element.edge": "K",
        "Sample.name": row.formula,
        "Sample.stoichiometry": re.sub(r"(?<=[A-Za-z0-9])(?=[A-Z])", " ", row.formula),
    }
    extension = {
        "spectrum": row.description,
        "structure": row.structure,
        "atom": "all" if row.atom == MOLECULE else row.atom,
        "label": row.label,
        "direction": ISOTROPIC if row.label == ISOTROPIC else "{:.8f} {:.8f} {:.8f}".format(*row.direction),
        **record.to_attributes(),
    }
    fields |= {f"schnetpack_isd.{key}": str(value) for key, value in extension.items()}
    lines = [f"XDI/1.0 schnetpack_isd/{__version__}"]
    lines += [f"{name}: {_printable(value)}" for name, value in fields.items()]
    columns, names = [energies, row.spectrum], "energy mu"
    if row.spectrum_std is not None:
        columns, names = [*columns, row.spectrum_std], "energy mu mu_std"
    lines += ["///", "Predicted by a neural network, not measured.", "-" * 20, names]
    data = np.column_stack(columns)
    np.savetxt(
        path,
        data,
        fmt=("%.7f", *["%.7g"] * (len(columns) - 1)),
        header="\n".join(lines),
        comments="# ",
        encoding="ascii",
    )


def _printable(text: str) -> str:
    """Replace characters that the specification does not allow in a field: anything but printable ASCII."""
    return re.sub(r"[^\x20-\x7e]", "?", text.replace("°", " degrees"))
