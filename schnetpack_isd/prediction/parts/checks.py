"""Checks of a prediction in parts, before PyTorch is imported and a cluster is asked."""

from __future__ import annotations

import os
from pathlib import Path

from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.pretrained.names import check_model_name
from schnetpack_isd.utils.files import check_not_input, refuse_existing

from .index import PARTS_ENDING, PartIndex, is_parts_folder

__all__ = ["check_parts_output", "check_parts_request"]


def check_parts_request(
    request: PredictionRequest, model: str | os.PathLike[str], output: Path, overwrite: bool
) -> None:
    """Check the files of a prediction in parts.

    Raises:
        FileExistsError, FileNotFoundError, ValueError: see :func:`check_parts_output`; or the structures or the model
            do not exist, or the request has a shard.
    """
    request.check_structures()
    check_model_name(model)
    if request.shard is not None:
        raise ValueError("Predict either a shard (`--shard`) or on the workers of a cluster (`--dask`), not both.")
    check_not_input(output, (*request.files, model))
    check_parts_output(output, overwrite)


def check_parts_output(folder: Path, overwrite: bool) -> None:
    """Check that a folder can hold the parts of a prediction, or continue those that it holds.

    Raises:
        FileExistsError: it exists with a complete prediction and must not be overwritten, or it has other contents.
        FileNotFoundError: its parent does not exist.
        ValueError: its name does not end in :data:`PARTS_ENDING`.
    """
    if folder.suffix != PARTS_ENDING:
        raise ValueError(
            f"{folder}: the output of a prediction with Dask is a folder whose name ends in {PARTS_ENDING}; "
            "`spkisd merge` makes one file of it."
        )
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"Cannot write {folder}: the folder {folder.parent} does not exist.")
    if folder.exists() and not is_parts_folder(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} exists and is not a prediction in parts; it is not replaced.")
    if is_parts_folder(folder) and not overwrite and PartIndex.read(folder).first_structures is not None:
        refuse_existing(folder, overwrite)
