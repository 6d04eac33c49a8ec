"""The published files: where they are, how they arrive whole, and what they must hold."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from schnetpack_isd.data.sources.broadened import BroadenedFile
from schnetpack_isd.utils.download import fetch
from schnetpack_isd.utils.files import process_lock

__all__ = ["PUBLISHED", "PublishedFile", "download", "locate"]

FILES = "https://ndownloader.figshare.com/files"
API = "https://api.figshare.com/v2"

N_MOLECULES, N_SITES = 22_155, 117_340


def _check_spectra(path: Path) -> None:
    with BroadenedFile(path) as file:
        found = len(file.ids), file.count_sites()
    if found != (N_MOLECULES, N_SITES):
        raise ValueError(f"{N_MOLECULES} molecules with {N_SITES} sites were expected, not {found[0]} with {found[1]}.")


@dataclass(frozen=True)
class PublishedFile:
    """A file on figshare.

    Attributes:
        name: its name.
        figshare_id: its number there.
        md5: its checksum.
        collection: where there is none, figshare is asked for it, by its number of the collection.
        check: raises a ValueError if a file is not what it should be; beside the checksum.
    """

    name: str
    figshare_id: int
    md5: str | None = None
    collection: int | None = None
    check: Callable[[Path], None] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{FILES}/{self.figshare_id}"


PUBLISHED = {
    file.name: file
    for file in (
        PublishedFile("site_spectra_0.5eV.hdf5", 31947896, collection=5494395, check=_check_spectra),
        PublishedFile("dsgdb9nsd.xyz.tar.bz2", 3195389, md5="ad1ebd51ee7f5b3a6e32e974e5d54012"),
        PublishedFile("uncharacterized.txt", 3195404, md5="a361887bacb427b8a0ce7903d92a53b4"),
    )
}
"""Files by name: spectra of Shibata et al., Sci Data 2022, 9, 214; QM9 of Ramakrishnan et al., Sci Data 2014, 1."""


def locate(path: str | os.PathLike, offline_folder: str | os.PathLike | None = None) -> Path:
    """Where a file is: at its path, or else by its name in the offline folder.

    Args:
        path: the file, which need not exist.
        offline_folder: folder of files that were brought by hand.

    Returns:
        The file in the offline folder if it is there and not at its path; else the path.
    """
    path = Path(path)
    if not path.exists() and offline_folder is not None and (Path(offline_folder) / path.name).exists():
        return Path(offline_folder) / path.name
    return path


def download(path: str | os.PathLike, progress: bool = True) -> None:
    """Download a published file, unless it is there.

    It is written aside, held to its checksum and its contents, and renamed. Proxies are those of the environment
    (``HTTPS_PROXY``).

    Args:
        path: where to put it; its name, one of :data:`PUBLISHED`, tells which it is.
        progress: show a progress bar.

    Raises:
        OSError: it could not be downloaded.
        ValueError: the name is not known, or what arrived is not what it should be; nothing is left of it.

    Warns:
        UserWarning: figshare did not tell its checksum.
    """
    path = Path(path)
    if path.name not in PUBLISHED:
        raise ValueError(f"{path.name} is not a published file that can be downloaded: {', '.join(PUBLISHED)} are.")
    file = PUBLISHED[path.name]
    advice = (
        f"Download {file.url} by other means, and put it at {path}, or under this name in a folder that "
        "data.offline_folder or SPKISD_OFFLINE_FOLDER names."
    )
    with process_lock(path):
        if not path.exists():
            fetch(file.url, path, file.md5 or _ask_for_md5(file), advice, file.check, progress)


def _ask_for_md5(file: PublishedFile) -> str | None:
    """Figshare's own checksum of a file."""
    try:
        for article in _get(f"collections/{file.collection}/articles?page_size=100"):
            for entry in _get(f"articles/{article['id']}/files?page_size=100"):
                if entry["id"] == file.figshare_id and entry["computed_md5"]:
                    return entry["computed_md5"]
        reason = "it lists none"
    except (requests.RequestException, KeyError, TypeError) as error:
        reason = repr(error)
    warnings.warn(
        f"figshare did not tell the checksum of {file.name} ({reason}); its contents alone are checked.", stacklevel=3
    )
    return None


def _get(query: str) -> list[dict]:
    response = requests.get(f"{API}/{query}", timeout=30)
    response.raise_for_status()
    return response.json()
