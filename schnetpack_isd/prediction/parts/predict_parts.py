"""Prediction of a file of structures on the workers of a Dask cluster."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.prediction.batches import divide_into_parts
from schnetpack_isd.prediction.predict_file import prediction_record, read_structures
from schnetpack_isd.prediction.predictor import SpectrumPredictor
from schnetpack_isd.prediction.record import PredictionRecord
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.prediction.store import SpectrumStore
from schnetpack_isd.prediction.structure_checks import NumberedStructure, check_tensors
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.files import atomic_write, process_lock
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import indent_list, printable

from .checks import check_parts_output, check_parts_request
from .index import PartIndex, PartSettings, part_path, prepare_folder
from .task import FinishedPart, ModelOnWorker, PartTask, predict_part
from .workers import check_workers, explained_losses, wait_for_workers

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ATOMS_IN_PART", "predict_parts"]

ATOMS_IN_PART = 8192
"""Number of atoms in a part: 500 molecules of 16 atoms, some ten seconds of a core with the bundled model."""

PARTS_AHEAD = 2
"""Number of parts for each thread of the workers that are sent ahead, or wait to be written."""


def predict_parts(
    request: PredictionRequest,
    client: Client,
    output: str | os.PathLike[str],
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    *,
    trust: bool = False,
    overwrite: bool = False,
    device: str = "cpu",
    batch_size: int = 32,
    atoms_in_part: int = ATOMS_IN_PART,
    progress: bool = True,
) -> PredictionRecord:
    """Predict the spectra of a file of structures on a Dask cluster, and write them to a folder of HDF5 files.

    The client reads the structures, sends them to the workers in parts, and writes the files, so workers need no
    common file system. Parts that the folder holds already are kept: call the function again after an interruption.
    The spectra are those of :func:`~schnetpack_isd.prediction.predict_file`, bit for bit on processors of one type.
    :class:`~schnetpack_isd.prediction.SpectrumParts` reads the folder.

    Args:
        request: structures and spectra.
        client: client of the cluster; see :func:`~schnetpack_isd.prediction.dask_client`.
        output: folder to write; its name ends in ``.parts``.
        model: `best_model` of a training that workers find at the same path, or name of the bundled model or of
            published weights.
        trust: accept models with modules of other packages; such files can run code.
        overwrite: replace an output that exists, complete or not.
        device: device on which each worker runs.
        batch_size: number of structures in a batch.
        atoms_in_part: largest number of atoms in a part of several batches.
        progress: show a progress bar.

    Returns:
        The record that the folder keeps of model, structures and request.

    Raises:
        ChildProcessError: a part ended several workers.
        ConnectionError: the connection to the scheduler was lost.
        FileExistsError: the output is complete, or belongs to another prediction, and must not be overwritten.
        FileNotFoundError: the structures or the model do not exist.
        ValueError: a worker is not as the client, an argument is not as described, the model does not predict what is
            requested, or a structure cannot be read or predicted; the message names it.

    Warns:
        UserWarning: structures were skipped, or are unlike the training data.
    """
    output = Path(output)
    check_parts_request(request, model, output, overwrite)
    task = _make_task(request, model, trust, device, batch_size)
    with explained_losses(client):
        wait_for_workers(client)
        check_workers(client, task)
    index = PartIndex(task.record, PartSettings.of(request, batch_size, atoms_in_part))
    with process_lock(output):
        check_parts_output(output, overwrite)
        prepare_folder(output, index, overwrite)
        unreadable: list[ValueError] = []
        structures = read_structures(request, unreadable.append if request.skip_invalid else None)
        parts = divide_into_parts(structures, batch_size, atoms_in_part)
        with explained_losses(client):
            finished = _show(_predict(client, task, output, parts), progress)
        index = _complete(index, finished, unreadable)
        if not any(part.n_predicted for part in finished):
            raise ValueError(f"{', '.join(map(printable, request.files))}: no structure could be predicted.")
        index.write(output)
    _warn(index.record, finished, unreadable)
    return index.record


def _make_task(
    request: PredictionRequest, model: str | os.PathLike[str], trust: bool, device: str, batch_size: int
) -> PartTask:
    """Return the task of the workers; the model is loaded for its record, on the CPU."""
    loaded = load_spectrum_model(model, trust=trust)
    predictor = SpectrumPredictor(
        loaded, "cpu", batch_size, request.intensity, request.energy_shift, request.experimental_axis
    )
    if request.tensor:
        check_tensors(predictor.head, predictor.model.name)
    source = str(Path(model).absolute()) if Path(model).exists() else str(model)
    on_worker = ModelOnWorker(source, loaded.sha256, trust, device)
    return PartTask(request, on_worker, batch_size, prediction_record(request, predictor))


def _predict(
    client: Client, task: PartTask, folder: Path, parts: Iterable[Sequence[NumberedStructure]]
) -> Iterator[FinishedPart]:
    """Predict the parts that a folder does not hold, and iterate over all of them as they are finished."""
    from distributed import as_completed

    running = as_completed()
    try:
        for structures in parts:
            first = structures[0].number
            record = _stored_record(part_path(folder, first), task.record)
            if record is not None:
                n_predicted = len(structures) - record.skipped
                yield FinishedPart(first, n_predicted, record.skipped, record.extrapolated)
                continue
            while running.count() >= PARTS_AHEAD * max(1, sum(client.nthreads().values())):
                yield _write(folder, *next(running).result())
            running.add(client.submit(predict_part, task, structures, pure=False))
        for future in running:
            yield _write(folder, *future.result())
    finally:
        if client.status == "running":
            client.cancel(list(running.futures))


def _stored_record(path: Path, expected: PredictionRecord) -> PredictionRecord | None:
    """Return the record of a part that is there; None if it is missing, damaged, or of another prediction."""
    try:
        with SpectrumStore(path) as store:
            return None if expected.differences(store.record) else store.record
    except (FileNotFoundError, ValueError):
        return None


def _write(folder: Path, part: FinishedPart, content: bytes) -> FinishedPart:
    path = part_path(folder, part.first)
    path.parent.mkdir(exist_ok=True)
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
    return part


def _show(parts: Iterable[FinishedPart], show: bool) -> list[FinishedPart]:
    """Collect parts under a progress bar of structures."""
    finished: list[FinishedPart] = []

    def structures() -> Iterator[int]:
        for part in parts:
            finished.append(part)
            yield from range(part.n_predicted)

    for _ in show_progress(structures(), "predicting", show, unit="structures"):
        pass
    return finished


def _complete(index: PartIndex, finished: Sequence[FinishedPart], unreadable: Sequence[ValueError]) -> PartIndex:
    """Return the index of all parts."""
    skipped = len(unreadable) + sum(part.skipped for part in finished)
    extrapolated = sum(part.extrapolated for part in finished)
    return replace(
        index,
        record=replace(index.record, skipped=skipped, extrapolated=extrapolated),
        first_structures=tuple(sorted(part.first for part in finished)),
    )


def _warn(record: PredictionRecord, finished: Sequence[FinishedPart], unreadable: Sequence[ValueError]) -> None:
    if record.skipped:
        n_read = record.skipped + sum(part.n_predicted for part in finished)
        errors = [*unreadable, *(error for part in finished for error in part.errors)]
        warnings.warn(f"Skipped {record.skipped} of {n_read} structures:{indent_list(errors)}", stacklevel=3)
    if record.extrapolated:
        warnings.warn(
            f"{record.extrapolated} structures are unlike the training data, or have implausible intensities; they "
            "are marked.",
            stacklevel=3,
        )
