"""Atomic, verified downloads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pooch import DOIDownloader, HTTPDownloader, retrieve

from .files import atomic_write

__all__ = ["fetch"]


def fetch(
    url: str,
    path: Path,
    md5: str | None,
    advice: str,
    check: Callable[[Path], None] | None = None,
    progress: bool = True,
) -> None:
    """Download a file to a temporary path, verify it, and rename it.

    Use it under :func:`~schnetpack_isd.utils.files.process_lock`. Proxies come from the environment (``HTTPS_PROXY``).

    Args:
        url: address of the file, ``https://...`` or ``doi:.../name``.
        path: where to put it.
        md5: its checksum, if known.
        advice: appended to error messages; what to do if the download fails.
        check: raises a ValueError if the contents are wrong.
        progress: show a progress bar.

    Raises:
        OSError: the file could not be downloaded.
        ValueError: the checksum or the contents are wrong; the file is discarded.
    """
    downloader = DOIDownloader if url.startswith("doi:") else HTTPDownloader
    with atomic_write(path) as temporary:
        try:
            retrieve(
                url,
                known_hash=md5 and f"md5:{md5}",
                fname=temporary.name,
                path=temporary.parent,
                downloader=downloader(progressbar=progress, chunk_size=1 << 20, timeout=30),
            )
            if check is not None:
                check(temporary)
        except OSError as error:
            raise OSError(f"{path.name} could not be downloaded ({error}). {advice}") from error
        except ValueError as error:
            raise ValueError(f"{path.name} was downloaded, but is wrong ({error}). {advice}") from error
