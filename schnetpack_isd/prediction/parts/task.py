"""Prediction of a part on a worker."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from platform import node
from tempfile import TemporaryDirectory

import torch

from schnetpack_isd import __version__
from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.prediction.predictor import SpectrumPredictor
from schnetpack_isd.prediction.record import PredictionRecord
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.prediction.rows import write_spectra
from schnetpack_isd.prediction.store import StoreWriter
from schnetpack_isd.prediction.structure_checks import NumberedStructure

__all__ = ["FinishedPart", "ModelOnWorker", "PartTask", "explain_refusal", "load_predictor", "predict_part"]

LOADING = threading.Lock()
"""Held while a model is loaded, so that the threads of a worker load it once."""

MOST_MESSAGES = 10
"""Largest number of messages about skipped structures that a part keeps."""


@dataclass(frozen=True)
class ModelOnWorker:
    """A model as workers load it.

    Attributes:
        source: absolute path, or name.
        sha256: SHA-256 of its file on the client.
        trust: accept files with modules of other packages.
        device: device to run on.
    """

    source: str
    sha256: str | None
    trust: bool
    device: str


@dataclass(frozen=True)
class PartTask:
    """Work that all parts of a prediction share.

    Attributes:
        request: structures and spectra.
        model: the model.
        batch_size: number of structures in a batch.
        record: record of the whole prediction.
        version: version of this package on the client.
    """

    request: PredictionRequest
    model: ModelOnWorker
    batch_size: int
    record: PredictionRecord
    version: str = __version__


@dataclass(frozen=True)
class FinishedPart:
    """A part that is predicted.

    Attributes:
        first: number of its first structure.
        n_predicted: number of structures that were predicted.
        skipped: number of structures that were left out, because they could not be predicted.
        extrapolated: number of structures that are unlike the training data, or have implausible intensities.
        errors: the first messages about skipped structures.
    """

    first: int
    n_predicted: int
    skipped: int
    extrapolated: int
    errors: tuple[str, ...] = ()


def load_predictor(task: PartTask) -> SpectrumPredictor:
    """Return the predictor of a task; a worker loads a model once, and keeps it for the next tasks.

    Raises:
        FileNotFoundError: the worker does not find the model.
        ValueError: the worker has another version of this package or another model.
    """
    if __version__ != task.version:
        raise ValueError(f"The worker on {node()} has schnetpack-isd {__version__}, the client {task.version}.")
    request = task.request
    with LOADING:
        return _load(task.model, task.batch_size, request.intensity, request.energy_shift, request.experimental_axis)


def explain_refusal(task: PartTask) -> str:
    """Return the reason why this worker cannot load the model of a task; empty if it can."""
    try:
        load_predictor(task)
    except (OSError, ValueError) as error:
        return str(error)
    return ""


@lru_cache(maxsize=1)
def _load(
    model: ModelOnWorker, batch_size: int, intensity: str, energy_shift: float, experimental_axis: bool
) -> SpectrumPredictor:
    loaded = load_spectrum_model(model.source, model.device, model.trust)
    if loaded.sha256 != model.sha256:
        raise ValueError(f"The worker on {node()} has another file for the model {model.source} than the client.")
    return SpectrumPredictor(loaded, model.device, batch_size, intensity, energy_shift, experimental_axis)


def predict_part(task: PartTask, structures: Sequence[NumberedStructure]) -> tuple[FinishedPart, bytes]:
    """Predict a part on one thread, as an undivided prediction does with each of its batches.

    Args:
        task: what the parts share.
        structures: the structures of the part.

    Returns:
        The part, and the bytes of its HDF5 file.

    Raises:
        FileNotFoundError: the worker does not find the model.
        ValueError: the worker is not as the client, or a structure cannot be predicted and must not be skipped.
    """
    torch.set_num_threads(1)
    predictor, request = load_predictor(task), task.request
    errors: list[ValueError] = []
    n_predicted = n_extrapolated = 0
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part.hdf5"
        with StoreWriter(path, predictor.energies, task.record) as writer:
            for numbered, spectra in predictor.predict_numbered(
                structures,
                request.directions,
                request.isotropic,
                allow_extrapolation=request.allow_extrapolation,
                skip=errors.append if request.skip_invalid else None,
            ):
                write_spectra(writer, numbered, spectra, request)
                n_predicted, n_extrapolated = n_predicted + 1, n_extrapolated + (not spectra.is_plausible)
            writer.record = replace(task.record, skipped=len(errors), extrapolated=n_extrapolated)
        content = path.read_bytes()
    messages = tuple(map(str, errors[:MOST_MESSAGES]))
    return FinishedPart(structures[0].number, n_predicted, len(errors), n_extrapolated, messages), content
