"""Files from the network, whole and checked or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pooch import HTTPDownloader, retrieve

from .files import written_aside

__all__ = ["fetch"]


def fetch(
    url: str,
    path: Path,
    md5: str | None,
    advice: str,
    check: Callable[[Path], None] | None = None,
    progress: bool = True,
) -> None:
    """Download a file aside, check it, and rename it; to be used under :func:`~schnetpack_isd.aside.one_at_a_time`.

    Proxies are those of the environment (``HTTPS_PROXY``).

    Args:
        url: where it is.
        path: where to put it.
        md5: its checksum, where it is known.
        advice: what to do if it does not arrive, for messages.
        check: raises a ValueError if the file is not what it should be.
        progress: show a progress bar.

    Raises:
        OSError: it could not be downloaded.
        ValueError: what arrived is not what it should be; nothing is left of it.
    """
    with written_aside(path) as aside:
        try:
            retrieve(
                url,
                known_hash=md5 and f"md5:{md5}",
                fname=aside.name,
                path=aside.parent,
                downloader=HTTPDownloader(progressbar=progress, chunk_size=1 << 20, timeout=30),
            )
            if check is not None:
                check(aside)
        except OSError as error:
            raise OSError(f"{path.name} could not be downloaded ({error}). {advice}") from error
        except ValueError as error:
            raise ValueError(f"{path.name} arrived, but is not what was expected ({error}). {advice}") from error
