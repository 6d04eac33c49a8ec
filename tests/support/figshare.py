"""A local stand-in for figshare."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from schnetpack_isd.datasets import PUBLISHED, published

from .local_server import LocalServer, serve
from .published import SITES, SPECTRA


@pytest.fixture
def figshare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A server with the files of the folder by their numbers; the checksum of the spectra is not listed."""
    with serve(folder / "host") as server:
        monkeypatch.setattr(published, "FILES", f"{server.url}/files")
        monkeypatch.setattr(published, "API", f"{server.url}/api")
        monkeypatch.setattr(published, "N_MOLECULES", len(SITES))
        monkeypatch.setattr(published, "N_SITES", sum(map(len, SITES.values())))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        for name, file in PUBLISHED.items():
            content = (folder / name).read_bytes()
            server.write(f"files/{file.figshare_id}", content)
            if file.md5 is not None:
                generated = published.PublishedFile(name, file.figshare_id, hashlib.md5(content).hexdigest())
                monkeypatch.setitem(PUBLISHED, name, generated)
        yield server


def list_checksum(server: LocalServer, md5: str | None = None) -> None:
    """List a checksum of the spectra; the right one if none is given."""
    number = PUBLISHED[SPECTRA].figshare_id
    md5 = md5 or hashlib.md5((server.folder / "files" / str(number)).read_bytes()).hexdigest()
    server.write("api/collections/5494395/articles", '[{"id": 7}, {"id": 8}]')
    server.write("api/articles/7/files", "[]")
    server.write("api/articles/8/files", f'[{{"id": {number}, "computed_md5": "{md5}"}}]')
