"""Published weights, from a local stand-in for Zenodo."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from ase.io import write
from schnetpack.utils import load_model
from support.authors import assert_close, inputs_of
from support.local_server import LocalServer, serve

from schnetpack_isd.cli import main
from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.pretrained import download_weights
from schnetpack_isd.testing.authors_network import Reference, formulas, write_files

WEIGHTS, CONFIG = "model_state_random_split.pt", "config-defaults_random_split.yaml"


@pytest.fixture
def zenodo(tmp_path: Path, theirs: Reference, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A server with the record of the random split."""
    (tmp_path / "made").mkdir()
    made = write_files(tmp_path / "made", theirs.state, theirs.config)
    with serve(tmp_path / "host") as server:
        files = []
        for path, name in zip(made, (WEIGHTS, CONFIG), strict=True):
            link = server.write(f"files/{name}", path.read_bytes())
            checksum = f"md5:{hashlib.md5(path.read_bytes()).hexdigest()}"
            files.append({"key": name, "checksum": checksum, "links": {"self": link}})
        server.write("api/records/10547719", json.dumps({"id": 10547719, "files": files}))
        monkeypatch.setattr(
            "pooch.downloaders.doi_to_url", lambda doi, **_: f"https://zenodo.org/records/{doi.rpartition('.')[2]}"
        )
        monkeypatch.setattr("pooch.downloaders.ZenodoRepository.base_api_url", f"{server.url}/api/records")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        yield server


@pytest.mark.usefixtures("zenodo")
def test_the_command_downloads_and_imports(tmp_path: Path, theirs: Reference) -> None:
    assert main(["import-weights", "--download", "random_split"]) == 0
    model = load_model("best_model")
    assert model.output_modules[0].elements == ["C", "F", "H", "N", "O"]
    assert_close(model(inputs_of(theirs.atoms, theirs.directions))["spectrum"], theirs.output)
    assert {path.name for path in (tmp_path / "weights").iterdir()} == {WEIGHTS, CONFIG}
    assert main(["import-weights", "--download", "random_split", "--output", "again"]) == 0


def test_weights_are_used_by_their_name_and_downloaded_once(zenodo: LocalServer, theirs: Reference) -> None:
    write("ethanol.xyz", theirs.atoms[0])
    command = ["predict", "ethanol.xyz", "--model", "random_split", "--direction", "0", "0", "1", "--sites"]
    command += ["--allow-extrapolation", "-o"]  # the weights are random
    assert main([*command, "first.npz"]) == 0
    zenodo.write("api/records/10547719", "gone")
    assert main([*command, "second.npz"]) == 0  # from the cache
    with np.load("first.npz") as first, np.load("second.npz") as second:
        np.testing.assert_array_equal(first["spectrum"], second["spectrum"])
        expected = formulas(theirs.state, theirs.config, theirs.atoms[0], np.array([0, 0, 1.0])).numpy()
        assert_close(torch.tensor(first["spectrum"][1:]), expected[theirs.atoms[0].numbers == 6], tolerance=1e-4)
        recorded = json.loads(str(first["attributes"]))
    assert recorded["model"] == "random_split"
    assert recorded["model_sha256"] == hashlib.sha256((zenodo.folder / "files" / WEIGHTS).read_bytes()).hexdigest()


def test_a_download_with_another_checksum_is_discarded(tmp_path: Path, zenodo: LocalServer) -> None:
    zenodo.write(f"files/{WEIGHTS}", b"something else")
    with pytest.raises(ValueError, match=r"random_split\.pt was downloaded, but is wrong .*10\.5281/zenodo\.10547719"):
        download_weights("random_split", tmp_path / "weights", progress=False)
    assert not list((tmp_path / "weights").iterdir())


@pytest.mark.usefixtures("zenodo")
def test_an_existing_file_with_another_checksum_is_refused(tmp_path: Path) -> None:
    download_weights("random_split", tmp_path / "weights", progress=False)
    (tmp_path / "weights" / CONFIG).write_text("cutoff: {value: 5.0}")
    with pytest.raises(ValueError, match=r"config-defaults_random_split\.yaml differs from the file on Zenodo"):
        download_weights("random_split", tmp_path / "weights", progress=False)


@pytest.mark.usefixtures("zenodo")
def test_a_name_that_is_not_in_the_record_lists_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no model_state_scaffold_split\.pt\. It has: model_state_random"):
        download_weights("scaffold_split", tmp_path)


@pytest.mark.usefixtures("zenodo")
def test_a_record_that_cannot_be_read_says_what_to_download(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"10566201 could not be read .*Download model_state_wo_SM\.pt and config"):
        download_weights("wo_SM", tmp_path)


def test_without_a_connection_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # nobody listens
    with pytest.raises(OSError, match=r"there is no connection\. Download model_state_random_split\.pt"):
        download_weights("random_split", tmp_path)


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'all' is not the name of published weights: random_split, scaffold_split"):
        download_weights("all", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"random_splat: no such file, .*\(random_split, scaffold_split, wo_SM"):
        load_spectrum_model("random_splat")
