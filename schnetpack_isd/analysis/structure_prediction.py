"""Prediction of the absorption tensor of one structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from ase import Atoms
from numpy.typing import NDArray

from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.prediction.predict_file import prediction_record
from schnetpack_isd.prediction.predictor import SpectrumPredictor
from schnetpack_isd.prediction.record import PredictionRecord
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.prediction.structure_checks import (
    NumberedStructure,
    check_tensors,
    name_structure,
    read_numbered,
)
from schnetpack_isd.prediction.structure_spectra import StructureSpectra
from schnetpack_isd.utils.text import printable

__all__ = ["PredictedStructure", "of_structure", "predict_structure", "read_structure"]


@dataclass(frozen=True)
class PredictedStructure:
    """A structure, its spectra, and their origin.

    Attributes:
        atoms: the structure.
        source: its file and its number in it, from 0: ``file.xyz@0``.
        energies: (n_energies,) axis in eV.
        spectra: its spectra, with tensors.
        record: origin of the spectra.
    """

    atoms: Atoms
    source: str
    energies: NDArray[np.float64]
    spectra: StructureSpectra
    record: PredictionRecord

    @property
    def tensor(self) -> NDArray:
        """(3, 3, n_energies) absorption tensor, the sum over the absorbing atoms."""
        assert self.spectra.molecular_tensor is not None
        return self.spectra.molecular_tensor

    @property
    def origin(self) -> dict[str, str | float]:
        """Record and structure as plain values by name, which files of results keep."""
        return {**self.record.to_origin(), "structure": self.source}

    @property
    def figure_warning(self) -> str:
        """Line under the titles of figures of a structure that is unlike the training data; else empty."""
        return "\nEXTRAPOLATED: unlike the training data" if self.record.extrapolated else ""

    def with_std(self, function: Callable[[NDArray], NDArray]) -> tuple[NDArray, NDArray | None]:
        """Return a quantity that depends on the absorption tensor, and its standard deviation.

        Args:
            function: returns the quantity from a (3, 3, n_energies) tensor.

        Returns:
            The quantity, and its standard deviation by the ensemble; None for a single model.
        """
        if self.spectra.deviations is None:
            return function(self.tensor), None
        return self.spectra.with_std(lambda spectra: function(_tensor(spectra)))


def _tensor(spectra: StructureSpectra) -> NDArray:
    assert spectra.molecular_tensor is not None
    return spectra.molecular_tensor


def read_structure(request: PredictionRequest) -> NumberedStructure:
    """Return the only structure of a request.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, or there are several.
    """
    request.check_structures()
    structures = read_numbered(request.files, request.index)
    _, found = next(structures, (0, None))
    if found is None:
        raise ValueError(f"{printable(request.files[0])} has no structure with the index {request.index}.")
    if isinstance(found, ValueError):
        raise found
    if next(structures, None) is not None:
        raise ValueError(f"{printable(request.files[0])} has several structures; choose one, such as --index 0.")
    return found


def of_structure(numbered: NumberedStructure, function: Callable[[Atoms], NDArray]) -> NDArray:
    """Return a property of a structure, whose name errors have.

    Raises:
        ValueError: the structure does not have it.
    """
    try:
        return function(numbered.atoms)
    except ValueError as error:
        raise ValueError(f"{name_structure(numbered)}: {error}") from error


def predict_structure(
    numbered: NumberedStructure,
    request: PredictionRequest,
    model: ModelSource | SpectrumModel,
    device: str | torch.device = "cpu",
    needed_by: str = "the command",
) -> PredictedStructure:
    """Predict the absorption tensor of a structure.

    Args:
        numbered: the structure.
        request: the request that it is from.
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        device: device to run on.
        needed_by: what needs tensors, in the message for a model without them.

    Raises:
        ValueError: the model predicts no tensors, or it cannot predict this structure.

    Warns:
        UserWarning: the structure is unlike the training data, and the request allows that.
    """
    predictor = SpectrumPredictor(model, device, 1, request.intensity, request.energy_shift, request.experimental_axis)
    check_tensors(predictor.head, predictor.model.name, needed_by)
    [(_, spectra)] = predictor.predict_numbered(
        [numbered], (), isotropic=True, allow_extrapolation=request.allow_extrapolation
    )
    record = replace(prediction_record(request, predictor), extrapolated=int(not spectra.is_plausible))
    return PredictedStructure(numbered.atoms, numbered.source, predictor.energies, spectra, record)
