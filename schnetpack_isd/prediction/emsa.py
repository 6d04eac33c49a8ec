"""Predicted spectra as EMSA/MAS files (`.msa`), through RosettaSciIO."""

from __future__ import annotations

from pathlib import Path

from numpy.typing import NDArray

from schnetpack_isd.utils.optional import ROSETTASCIIO
from schnetpack_isd.utils.xdi import APPLICATION

from .record import PredictionRecord
from .spectrum_cube import CubeAxis
from .store import PredictedSpectrum

__all__ = ["write_emsa"]


def write_emsa(path: Path, row: PredictedSpectrum, energies: NDArray, record: PredictionRecord) -> None:
    """Write a spectrum as an EMSA/MAS file of energies and intensities, with the signal type of an energy loss.

    The comments have the description of the spectrum and the record. The format has no place for standard deviations.

    Args:
        path: file to write.
        row: the spectrum.
        energies: (n_energies,) axis in eV.
        record: origin of the spectrum.

    Raises:
        ValueError: the energies have no common step, which the format needs.

    References:
        ISO 22029:2022, EMSA/MAS standard file format for spectral-data exchange.
    """
    axis = CubeAxis("Energy", "eV", energies)
    if not axis.is_uniform:
        raise ValueError(f"{path.name}: the energies have no common step, as EMSA/MAS needs; choose another format.")
    attributes = {"spectrum": row.description, **record.to_attributes()}
    comment = "; ".join(f"{name} {_plain(str(value))}" for name, value in attributes.items())
    signal = {
        "data": row.spectrum,
        "axes": [
            {
                "size": len(energies),
                "name": axis.name,
                "units": axis.units,
                "offset": float(energies[0]),
                "scale": axis.step,
            }
        ],
        "metadata": {"General": {"title": row.name}, "Signal": {"signal_type": "EELS"}},
        "original_metadata": {
            "FORMAT": "EMSA/MAS Spectral Data File",
            "VERSION": "1.0",
            "OWNER": APPLICATION,
            "YLABEL": "Intensity",
            "YUNITS": _plain(record.intensity_unit),
            "COMMENT": f"Predicted by a neural network, not measured. {comment}",
        },
    }
    writer = ROSETTASCIIO.load("rsciio.msa", f"to write {path.name}").file_writer
    writer(str(path), signal, format="XY")


def _plain(text: str) -> str:
    """Return text without what the reader of a `#KEY : value` line would take for another separator."""
    return " ".join(text.replace(": ", " ").split()).replace("°", " degrees").replace("±", "+-")
