"""Predicted spectra in the XAS Data Interchange format."""

from __future__ import annotations

import re
from pathlib import Path

from numpy.typing import NDArray

from schnetpack_isd.directions import ISOTROPIC
from schnetpack_isd.utils.xdi import write_xdi_file

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
    """
    columns = {"energy": ("eV", energies), "mu": ("arb.", row.spectrum)}
    if row.spectrum_std is not None:
        columns["mu_std"] = ("arb.", row.spectrum_std)
    fields = {
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
    write_xdi_file(path, columns, fields, extension, ["Predicted by a neural network, not measured."])
