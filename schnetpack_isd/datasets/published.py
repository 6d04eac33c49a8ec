"""The published files on figshare: addresses, checksums and downloads."""

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
        name: name of the file.
        figshare_id: number of the file on figshare.
        md5: checksum; if it is None, figshare's API provides it.
        collection: number of the collection that the file belongs to, for that query.
        check: further check of the contents, which raises a ValueError.
    """

    name: str
    figshare_id: int
    md5: str | None = None
    collection: int | None = None
    check: Callable[[Path], None] | None = None

    @property
    def url(self) -> str:
        """Address of the file."""
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
    """Return the path of a file, or of its copy in the offline folder if it is missing.

    Args:
        path: the file, which need not exist.
        offline_folder: folder with copies of the files, under the same names.

    Returns:
        The copy if it exists and the file does not; otherwise the path.
    """
    path = Path(path)
    if not path.exists() and offline_folder is not None and (Path(offline_folder) / path.name).exists():
        return Path(offline_folder) / path.name
    return path


def download(path: str | os.PathLike, progress: bool = True) -> None:
    """Download a published file unless it exists.

    The file is written to a temporary path, verified, then renamed. The proxy is that of the environment
    (``HTTPS_PROXY``).

    Args:
        path: file to write; its name is one of :data:`PUBLISHED`.
        progress: show a progress bar.

    Raises:
        OSError: the download failed.
        ValueError: the name is unknown, or checksum or contents are wrong; the download is then discarded.

    Warns:
        UserWarning: figshare does not provide the checksum, so only the contents are checked.
    """
    path = Path(path)
    if path.name not in PUBLISHED:
        raise ValueError(f"{path.name} is not one of the published files: {', '.join(PUBLISHED)}.")
    file = PUBLISHED[path.name]
    advice = (
        f"Download {file.url} by other means and save it as {path}, or under the same name in the folder that "
        "data.offline_folder or SPKISD_OFFLINE_FOLDER names."
    )
    with process_lock(path):
        if not path.exists():
            fetch(file.url, path, file.md5 or _ask_for_md5(file), advice, file.check, progress)


def _ask_for_md5(file: PublishedFile) -> str | None:
    """Return the checksum that figshare lists for a file."""
    try:
        for article in _get(f"collections/{file.collection}/articles?page_size=100"):
            for entry in _get(f"articles/{article['id']}/files?page_size=100"):
                if entry["id"] == file.figshare_id and entry["computed_md5"]:
                    return entry["computed_md5"]
        reason = "none is listed"
    except (requests.RequestException, KeyError, TypeError) as error:
        reason = repr(error)
    warnings.warn(
        f"figshare provides no checksum of {file.name} ({reason}); only its contents are checked.", stacklevel=3
    )
    return None


def _get(query: str) -> list[dict]:
    response = requests.get(f"{API}/{query}", timeout=30)
    response.raise_for_status()
    return response.json()
