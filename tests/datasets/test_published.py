"""Downloads of the published files, from a local server."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.figshare import list_checksum
from support.local_server import LocalServer
from support.published import SPECTRA

from schnetpack_isd.cli import main
from schnetpack_isd.datasets import download
from schnetpack_isd.testing import published_layout as layout

ARCHIVE = "dsgdb9nsd.xyz.tar.bz2"


def test_the_command_downloads_files_that_do_not_exist(
    folder: Path, figshare: LocalServer, capsys: pytest.CaptureFixture
) -> None:
    list_checksum(figshare)
    target = folder / "data"
    target.mkdir()
    (target / "uncharacterized.txt").write_text("mine")
    assert main(["download", str(target)]) == 0
    assert "warning" not in capsys.readouterr().err
    for name in (SPECTRA, ARCHIVE):
        assert (target / name).read_bytes() == (folder / name).read_bytes()
    assert (target / "uncharacterized.txt").read_text() == "mine"
    assert not list(target.glob(".*.part"))


def test_an_interrupted_download_leaves_no_file(folder: Path, figshare: LocalServer) -> None:
    path = folder / "data" / ARCHIVE
    figshare.interrupted.add("/files/3195389")
    with pytest.raises(OSError, match=rf"could not be downloaded .* save it as {path}, or .*SPKISD_OFFLINE_FOLDER"):
        download(path, progress=False)
    assert [file.name for file in path.parent.iterdir()] == []


@pytest.mark.usefixtures("figshare")
def test_leftovers_of_a_killed_process_are_discarded(folder: Path) -> None:
    path = folder / "data" / ARCHIVE
    leftover = path.parent / f".{path.name}.part" / path.name
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"left by a killed process")
    download(path, progress=False)
    assert path.read_bytes() == (folder / path.name).read_bytes()
    assert not leftover.parent.exists()


def test_a_file_with_another_pinned_checksum_is_discarded(folder: Path, figshare: LocalServer) -> None:
    figshare.write("files/3195389", "something else")
    with pytest.raises(ValueError, match=r"tar.bz2 was downloaded, but is wrong .*hash.* save it as"):
        download(folder / "data" / ARCHIVE, progress=False)
    assert not list((folder / "data").iterdir())


def test_a_file_with_another_listed_checksum_is_discarded(folder: Path, figshare: LocalServer) -> None:
    list_checksum(figshare, "0" * 32)
    with pytest.raises(ValueError, match=r"site_spectra_0.5eV.hdf5 was downloaded, but is wrong .*hash"):
        download(folder / "data" / SPECTRA, progress=False)


def test_a_file_with_fewer_molecules_is_discarded(folder: Path, figshare: LocalServer) -> None:
    layout.write_site_spectra(figshare.folder / "files" / "31947896", {1: [0]})
    list_checksum(figshare)
    with pytest.raises(ValueError, match=r"7 molecules with 11 sites were expected, not 1 with 1"):
        download(folder / "data" / SPECTRA, progress=False)


def test_without_a_listed_checksum_the_contents_are_checked(folder: Path, figshare: LocalServer) -> None:
    with pytest.warns(UserWarning, match="figshare .* checksum of site_spectra_0.5eV.hdf5"):
        download(folder / "data" / SPECTRA, progress=False)
    figshare.write("files/31947896", "<html>Please wait</html>")
    (folder / "data" / SPECTRA).unlink()
    with pytest.warns(UserWarning, match="checksum"), pytest.raises(ValueError, match="not a readable HDF5 file"):
        download(folder / "data" / SPECTRA, progress=False)


def test_other_files_cannot_be_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"mine\.hdf5 is not one of the published files"):
        download(tmp_path / "mine.hdf5")
