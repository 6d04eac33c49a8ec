"""Published weights on Zenodo."""

from __future__ import annotations

import os
from pathlib import Path

import pooch
import requests
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.utils.download import fetch
from schnetpack_isd.utils.files import process_lock

from .importing import import_weights
from .names import PUBLISHED_WEIGHTS

__all__ = ["download_weights", "import_published", "load_published"]

PUBLISHED_ELEMENTS = ["C", "F", "H", "N", "O"]
"""Elements of QM9, on which the published weights were trained."""


def download_weights(name: str, folder: str | os.PathLike[str], progress: bool = True) -> tuple[Path, Path]:
    """Download published weights and their configuration file, unless they exist.

    Both files, existing and downloaded ones, are verified with the checksums of the record.

    Args:
        name: one of :data:`PUBLISHED_WEIGHTS`.
        folder: folder for the files.
        progress: show progress bars.

    Returns:
        Paths of the weights and of the configuration file, under their names on Zenodo.

    Raises:
        OSError: a file could not be downloaded.
        ValueError: the name is unknown, the record does not have the files, or a file has another checksum.
    """
    if name not in PUBLISHED_WEIGHTS:
        raise ValueError(f"{name!r} is not the name of published weights: {', '.join(PUBLISHED_WEIGHTS)}.")
    doi = f"10.5281/zenodo.{PUBLISHED_WEIGHTS[name]}"
    weights, config = (Path(folder) / file for file in _file_names(name))
    advice = (
        f"Download {weights.name} and {config.name} from https://doi.org/{doi} by other means, and import them with "
        f"`spkisd import-weights {weights} --config {config}`."
    )
    checksums = _checksums(doi, advice)
    for path in (weights, config):
        if path.name not in checksums:
            raise ValueError(f"The record {doi} has no {path.name}. It has: {', '.join(checksums)}. {advice}")
    for path in (weights, config):
        md5 = checksums[path.name]
        with process_lock(path):
            if not path.exists():
                fetch(f"doi:{doi}/{path.name}", path, md5, advice, progress=progress)
            elif pooch.file_hash(str(path), "md5") != md5:
                raise ValueError(f"{path} differs from the file on Zenodo (by its MD5). Move or remove it.")
    return weights, config


def load_published(name: str, folder: str | os.PathLike[str] | None = None) -> tuple[NeuralNetworkPotential, Path]:
    """Load published weights, which are downloaded once.

    Args:
        name: one of :data:`PUBLISHED_WEIGHTS`.
        folder: folder that keeps the files; the user's cache if not given.

    Returns:
        The model, and the file of its weights.

    Raises:
        OSError: the files do not exist and could not be downloaded.
        ValueError: the name is unknown, or a file is invalid.
    """
    folder = Path(pooch.os_cache("schnetpack-isd") if folder is None else folder)
    weights, config = (folder / file for file in _file_names(name))
    if not (weights.exists() and config.exists()):  # existing files were verified when they were downloaded
        download_weights(name, folder)
    return import_published(weights, config), weights


def import_published(weights: Path, config: Path) -> NeuralNetworkPotential:
    """Import published weights, and record the elements of their training data."""
    model = import_weights(weights, config)
    model.output_modules[0].elements = list(PUBLISHED_ELEMENTS)
    return model


def _file_names(name: str) -> tuple[str, str]:
    return f"model_state_{name}.pt", f"config-defaults_{name}.yaml"


def _checksums(doi: str, advice: str) -> dict[str, str]:
    """Return the MD5 of each file of a record."""
    record = pooch.create(path=pooch.os_cache("schnetpack-isd"), base_url=f"doi:{doi}/")
    try:
        record.load_registry_from_doi()
    except requests.ConnectionError as error:
        raise OSError(f"The record {doi} could not be read: there is no connection. {advice}") from error
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise OSError(f"The record {doi} could not be read ({type(error).__name__}: {error}). {advice}") from error
    return {name: checksum.removeprefix("md5:") for name, checksum in record.registry.items()}
