"""The published weights: where they are, and how they arrive whole."""

from __future__ import annotations

import os
from pathlib import Path

import requests
from pooch import file_hash, os_cache
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.utils.download import fetch
from schnetpack_isd.utils.files import one_at_a_time

from .importing import import_weights

__all__ = ["PUBLISHED_WEIGHTS", "download_weights", "load_published"]

ZENODO = "https://zenodo.org"

PUBLISHED_WEIGHTS = {
    "random_split": 10547719,
    "scaffold_split": 10547719,
    "wo_SM": 10566201,
    "wo_DE": 10566201,
    "wo_DE-SM": 10566201,
}
"""Numbers of the records on Zenodo (doi:10.5281/zenodo.NUMBER) by the name of the weights: the two splits, and the
ablations without symmetric message, without directional embedding, without both."""


def download_weights(name: str, folder: str | os.PathLike, progress: bool = True) -> tuple[Path, Path]:
    """Download published weights and their configuration file, those of the two that are not there.

    Both, whether they are there or arrive, are held to the checksums that Zenodo gives.

    Args:
        name: one of :data:`PUBLISHED_WEIGHTS`.
        folder: folder to put them in.
        progress: show progress bars.

    Returns:
        Paths of the weights and of the configuration file, under their names on Zenodo.

    Raises:
        OSError: a file could not be downloaded.
        ValueError: the name is not known, the record does not have the files, or a file is not what Zenodo has.
    """
    if name not in PUBLISHED_WEIGHTS:
        raise ValueError(f"{name!r} are no published weights: {', '.join(PUBLISHED_WEIGHTS)} are.")
    record = PUBLISHED_WEIGHTS[name]
    names = _file_names(name)
    weights, config = (Path(folder) / name for name in names)
    advice = (
        f"Download {names[0]} and {names[1]} of {ZENODO}/records/{record} by other means, unless you have them, and "
        f"import them with `spkisd import-weights {weights} --config {config}`."
    )
    checksums = _checksums(record, advice)
    if missing := [name for name in names if name not in checksums]:
        raise ValueError(f"Record {record} has no {missing[0]}. It has: {', '.join(checksums)}. {advice}")
    for path in (weights, config):
        _fetch(record, path, checksums[path.name], advice, progress)
    return weights, config


def load_published(name: str, folder: str | os.PathLike | None = None) -> tuple[NeuralNetworkPotential, Path]:
    """Load published weights; they are downloaded once.

    Args:
        name: one of :data:`PUBLISHED_WEIGHTS`.
        folder: folder that keeps them; the user's cache unless given.

    Returns:
        The model, and the file that its weights are from.

    Raises:
        OSError: they are not there and could not be downloaded.
        ValueError: the name is not known, or the files are not what they should be.
    """
    folder = Path(os_cache("schnetpack-isd") if folder is None else folder)
    weights, config = (folder / file for file in _file_names(name))
    if not (weights.exists() and config.exists()):  # what is there arrived whole and was checked
        download_weights(name, folder)
    return import_published(weights, config), weights


def import_published(weights: Path, config: Path) -> NeuralNetworkPotential:
    """Import published weights, which were trained on the elements of QM9."""
    model = import_weights(weights, config)
    model.output_modules[0].elements = ["C", "F", "H", "N", "O"]
    return model


def _file_names(name: str) -> tuple[str, str]:
    return f"model_state_{name}.pt", f"config-defaults_{name}.yaml"


def _checksums(record: int, advice: str) -> dict[str, str]:
    """MD5 of each file of a record."""
    try:
        response = requests.get(f"{ZENODO}/api/records/{record}/files", timeout=30)
        response.raise_for_status()
        return {entry["key"]: entry["checksum"].removeprefix("md5:") for entry in response.json()["entries"]}
    except (requests.RequestException, KeyError, TypeError, AttributeError) as error:
        raise OSError(f"Zenodo did not list the files of record {record} ({_short(error)}). {advice}") from error


def _short(error: Exception) -> str:
    """Without the nested messages of a connection that cannot be made."""
    kind = type(error).__name__
    return "there is no connection" if isinstance(error, requests.ConnectionError) else f"{kind}: {error}"


def _fetch(record: int, path: Path, md5: str, advice: str, progress: bool) -> None:
    with one_at_a_time(path):
        if not path.exists():
            url = f"{ZENODO}/api/records/{record}/files/{path.name}/content"
            fetch(url, path, md5, advice, progress=progress)
        elif file_hash(str(path), "md5") != md5:
            raise ValueError(f"{path} is not the file that Zenodo has (its MD5 is another). Move it out of the way.")
