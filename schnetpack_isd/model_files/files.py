"""Saving and loading of models."""

from __future__ import annotations

import copy
import json
import os
import pickle
import warnings
from pathlib import Path

import torch
from pooch import file_hash
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_model as load_weights
from safetensors.torch import save_model as save_weights
from schnetpack.utils import load_model
from torch import nn

from schnetpack_isd.utils.files import atomic_write, process_lock, refuse_existing

from .description import model_from_dict, model_to_dict
from .safe_pickle import MODULES_ONLY, check_archive

__all__ = ["SAFE_ENDING", "load_model_file", "save_model"]

SAFE_ENDING = ".safetensors"
"""Ending of files that hold weights and a description, and cannot run code."""


def save_model(
    model: nn.Module, path: str | os.PathLike[str], overwrite: bool = False, half_precision: bool = False
) -> None:
    """Save a model.

    A name that ends in `.safetensors` gives a file of weights with a description of the modules, which cannot run code.
    Any other name gives SchNetPack's `best_model`, a pickle for its own commands, with the safe file beside it if the
    model can be described.

    Args:
        model: the model.
        path: file to write.
        overwrite: replace a file that exists.
        half_precision: store weights as float16, for which a safe file needs half the space; they are used in single
            precision.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        ValueError: a module cannot be described, and the safe file is wanted; or another file is to have half
            precision.
    """
    path = Path(path)
    if half_precision and path.suffix != SAFE_ENDING:
        raise ValueError(f"{path}: only files that end in {SAFE_ENDING} can have half precision.")
    with process_lock(path):
        refuse_existing(path, overwrite)
        if path.suffix == SAFE_ENDING:
            _save_safely(model, path, None, half_precision)
            return
        with atomic_write(path) as temporary:
            torch.save(model, temporary)
        beside = path.with_name(f"{path.name}{SAFE_ENDING}")
        try:
            _save_safely(model, beside, file_hash(str(path)))
        except ValueError:  # of modules that only a pickle can hold
            beside.unlink(missing_ok=True)


def load_model_file(path: str | os.PathLike[str], trust: bool = False) -> nn.Module:
    """Load a model from either kind of file, onto the CPU.

    The safe file beside a `best_model` is preferred if it was saved with it. A pickle may have modules of PyTorch,
    SchNetPack and this package only.

    Args:
        path: the file.
        trust: accept pickles of any contents, which can run code.

    Raises:
        ValueError: it is not a model, or a pickle with other contents.
    """
    path = Path(path)
    beside = path.with_name(f"{path.name}{SAFE_ENDING}")
    if _is_safetensors(path):
        return _load_safely(path)
    if beside.is_file() and _metadata(beside).get("best_model_sha256") == file_hash(str(path)):
        return _load_safely(beside)
    check_archive(path)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Model was saved without version information")
        try:
            return load_model(str(path), device="cpu", **({} if trust else {"pickle_module": MODULES_ONLY}))
        except pickle.UnpicklingError as error:
            reason = str(error).splitlines()[0]
            raise ValueError(f"{reason}. If you trust its author, use `--trust`, or in Python `trust=True`") from error


def _save_safely(model: nn.Module, path: Path, pickle_sha256: str | None, half_precision: bool = False) -> None:
    metadata = {"format": "schnetpack-isd model 1", "model": json.dumps(model_to_dict(model))}
    if pickle_sha256 is not None:
        metadata["best_model_sha256"] = pickle_sha256
    if half_precision:
        model = copy.deepcopy(model)
        for parameter in model.parameters():
            parameter.data = parameter.data.half()
    with atomic_write(path) as temporary:
        temporary.touch()
        mode = temporary.stat().st_mode  # safetensors makes files that only their owner can read
        save_weights(model, str(temporary), metadata)
        temporary.chmod(mode)


def _is_safetensors(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"


def _metadata(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, "pt") as file:
            return file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path.name} is not a readable file of safetensors ({error})") from error


def _load_safely(path: Path) -> nn.Module:
    metadata = _metadata(path)
    if "model" not in metadata:
        raise ValueError(f"{path.name} has no description of a model")
    model = model_from_dict(json.loads(metadata["model"]))
    with safe_open(path, "pt") as file:
        name = next(key for key in file.keys() if key.endswith("representation.filter_net.weight"))  # noqa: SIM118
        dtype = file.get_tensor(name).dtype
    if dtype is not torch.float16:
        model = model.to(dtype)
    try:
        load_weights(model, str(path))
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path.name} has other weights than its description says ({error})") from error
    return model.eval()
