"""Origin of predicted spectra, which results are written with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from pooch import file_hash

from schnetpack_isd import __version__
from schnetpack_isd.prediction.predictor import SpectrumPredictor
from schnetpack_isd.utils.text import printable

__all__ = ["describe_axis", "describe_origin"]


def describe_origin(predictor: SpectrumPredictor, files: Sequence[str | os.PathLike[str]]) -> dict[str, Any]:
    """Return plain values that name the program, the model and the files of structures."""
    axis = predictor.experimental_axis
    return {
        "program": f"schnetpack-isd {__version__}",
        "model": printable(predictor.model.name),
        "model_sha256": predictor.model.sha256,
        "structures": "; ".join(map(printable, files)),
        "structures_sha256": "; ".join(file_hash(str(path)) for path in files),
        "absorbing_element": predictor.absorbing_element,
        "energy_shift_eV": predictor.energy_shift,
        "experimental_axis": "not used" if axis is None else str(axis),
        "uncertainty": predictor.model.uncertainty or "single model, none",
    }


def describe_axis(predictor: SpectrumPredictor) -> str:
    """Return the label of the energies in figures."""
    axis = predictor.experimental_axis
    return f"energy / eV ({'calculated axis' if axis is None else f'experimental axis, ±{axis.uncertainty:g} eV'})"
