"""The data module of the published spectra."""

from __future__ import annotations

from pathlib import Path

import pytest
from schnetpack.data import ASEAtomsData, AtomsDataModuleError
from support.figshare import list_checksum
from support.local_server import LocalServer
from support.published import SCALE, SPECTRA, rows

from schnetpack_isd.data import SpectrumSettings
from schnetpack_isd.datasets import CKEdge, published
from schnetpack_isd.testing import published_layout as layout


def data_module(folder: Path, **arguments: object) -> CKEdge:
    data = folder / "data"
    return CKEdge(
        str(data / "out.db"), 2, data / SPECTRA, data / "dsgdb9nsd.xyz.tar.bz2",
        settings=SpectrumSettings(scale=SCALE), uncharacterized=data / "uncharacterized.txt", split_file=None,
        **arguments,
    )  # fmt: skip


def test_it_downloads_and_converts(folder: Path, figshare: LocalServer) -> None:
    list_checksum(figshare)
    for _ in range(2):  # the second time, the database is compared
        data_module(folder, download=True).prepare_data()
    assert list(rows(ASEAtomsData(str(folder / "data" / "out.db")))) == [1, 4, 5, 7, 10, 11]


def test_files_in_the_offline_folder_are_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "FILES", "http://127.0.0.1:9")  # nobody listens
    data_module(folder, download=True, offline_folder=folder).prepare_data()
    assert {path.name for path in (folder / "data").iterdir()} == {"out.db"}


def test_a_missing_file_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "FILES", "http://127.0.0.1:9")  # nobody listens
    (folder / "uncharacterized.txt").unlink()
    with pytest.raises(OSError, match=r"uncharacterized.txt could not be downloaded"):
        data_module(folder, download=True, offline_folder=folder).prepare_data()
    with pytest.raises(FileNotFoundError, match=r"uncharacterized.txt: no such file"):
        data_module(folder, offline_folder=folder).prepare_data()


def test_a_database_of_another_list_is_refused(folder: Path) -> None:
    data_module(folder, offline_folder=folder).prepare_data()
    layout.write_uncharacterized(folder / "uncharacterized.txt", range(6, 3060))
    with pytest.raises(AtomsDataModuleError, match=r"source: .*uncharacterized\.txt"):
        data_module(folder, offline_folder=folder).prepare_data()
