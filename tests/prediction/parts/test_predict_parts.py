"""Prediction on the workers of a Dask cluster."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from ase.io import write
from support.dask_cluster import DaskCluster, dask_cluster
from support.structures import random_molecule

from schnetpack_isd.cli import main
from schnetpack_isd.prediction import (
    PredictionRequest,
    SpectrumParts,
    SpectrumStore,
    dask_client,
    merge,
    predict_file,
    predict_parts,
)

pytest.importorskip("distributed", reason="needs Dask")
pytestmark = pytest.mark.usefixtures("folder")

SMALL = {"batch_size": 2, "atoms_in_part": 24, "progress": False}
"""Two batches of two molecules in each part."""


@pytest.fixture
def client(cluster: DaskCluster) -> Iterator:
    with dask_client(cluster.address) as connected:
        yield connected


@pytest.fixture
def frames(tmp_path: Path) -> PredictionRequest:
    """A request for 80 molecules, in 20 parts."""
    write(tmp_path / "many.extxyz", [random_molecule(seed, n_atoms=6) for seed in range(80)])
    return PredictionRequest("many.extxyz", sites=True)


def parts_in(folder: str) -> dict[Path, int]:
    """Return the files of parts, and when they were written."""
    return {path: path.stat().st_mtime_ns for path in sorted(Path(folder).glob("*/*.hdf5"))}


def after_parts(monkeypatch: pytest.MonkeyPatch, number: int, action: Callable[[], object]) -> None:
    """Act as soon as the client has written a number of parts."""
    module = importlib.import_module("schnetpack_isd.prediction.parts.predict_parts")
    write_part, numbers = module._write, count(1)

    def write_and_act(*arguments: object) -> object:
        written = write_part(*arguments)
        if next(numbers) == number:
            action()
        return written

    monkeypatch.setattr(module, "_write", write_and_act)


def interrupt() -> None:
    raise KeyboardInterrupt


def assert_equal(parts: str, whole: str) -> None:
    """Compare a folder with a file bit for bit."""
    merge([parts], "merged.hdf5", overwrite=True, progress=False)
    with SpectrumStore("merged.hdf5") as found, SpectrumStore(whole) as expected:
        assert found.record == expected.record
        assert found.columns == expected.columns
        for name in expected.columns:
            one, other = found.read(name, slice(None)), expected.read(name, slice(None))
            assert one.dtype == other.dtype
            assert one.tobytes() == other.tobytes(), name


def assert_continues(frames: PredictionRequest, client: object, kept: dict[Path, int]) -> None:
    """Complete the prediction of `frames`; parts that are kept are not written again."""
    predict_parts(frames, client, "out.parts", "best_model", **SMALL)
    after = parts_in("out.parts")
    assert len(after) == 20
    assert all(after[path] == written for path, written in kept.items())
    predict_file(frames, "best_model", "whole.hdf5", batch_size=2, progress=False)
    assert_equal("out.parts", "whole.hdf5")


@pytest.mark.usefixtures("ensembles")
@pytest.mark.filterwarnings("ignore:Skipped 2 of 42")
def test_the_spectra_are_those_of_one_process_bit_for_bit(client: object) -> None:
    molecules = [random_molecule(seed, n_atoms=5 + seed % 5) for seed in range(40)]
    write("mixed.extxyz", [*molecules[:7], molecule("H2O"), *molecules[7:], molecule("H2O")])
    request = PredictionRequest("mixed.extxyz", ["z"], isotropic=True, sites=True, tensor=True, skip_invalid=True)
    record = predict_parts(request, client, "out.parts", "tensors.safetensors", **SMALL)
    assert record.skipped == 2
    assert len(parts_in("out.parts")) > 5
    predict_file(request, "tensors.safetensors", "whole.hdf5", batch_size=2, progress=False)
    assert_equal("out.parts", "whole.hdf5")
    parts = SpectrumParts("out.parts")
    with SpectrumStore("whole.hdf5") as store:
        np.testing.assert_array_equal(parts.energies, store.energies)
        for number in (0, 8, 40):
            expected = [row.spectrum.tolist() for row in store.rows() if row.structure == number]
            assert [row.spectrum.tolist() for row in parts.rows(number)] == expected
            expected = [row.tensor.tolist() for row in store.tensors() if row.structure == number]
            assert [row.tensor.tolist() for row in parts.tensors(number)] == expected
    assert [list(parts.rows(number)) for number in (7, 41, 99, -1)] == [[]] * 4


def test_the_work_of_a_lost_worker_is_done_again(
    client: object, cluster: DaskCluster, frames: PredictionRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = cluster.add_worker()
    client.wait_for_workers(3)
    after_parts(monkeypatch, 3, worker.kill)
    predict_parts(frames, client, "out.parts", "best_model", **SMALL)
    assert len(parts_in("out.parts")) == 20
    predict_file(frames, "best_model", "whole.hdf5", batch_size=2, progress=False)
    assert_equal("out.parts", "whole.hdf5")


@pytest.mark.parametrize("is_noticed_late", [False, True])
def test_a_prediction_whose_scheduler_was_lost_continues_with_another(
    is_noticed_late: bool, client: object, frames: PredictionRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schnetpack_isd.prediction.parts.workers.TIMEOUT", 4.0)
    with dask_cluster(()) as lost, dask_client(lost.address) as connected:
        connected.wait_for_workers(1)

        def lose() -> None:
            lost.processes[0].kill()
            while is_noticed_late and connected.status != "closed":
                time.sleep(0.05)

        after_parts(monkeypatch, 3, lose)
        with pytest.raises(ConnectionError, match="connection to the Dask scheduler was lost"):
            predict_parts(frames, connected, "out.parts", "best_model", **SMALL)
    done = parts_in("out.parts")
    assert 3 <= len(done) < 20
    assert_continues(frames, client, done)


def test_an_interrupted_prediction_continues(
    client: object, frames: PredictionRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_parts(monkeypatch, 4, interrupt)
    with pytest.raises(KeyboardInterrupt):
        predict_parts(frames, client, "out.parts", "best_model", **SMALL)
    done = parts_in("out.parts")
    assert len(done) == 4
    with pytest.raises(ValueError, match=r"out\.parts is not complete; run the command that began it again"):
        SpectrumParts("out.parts")
    damaged = next(iter(done))
    damaged.write_bytes(damaged.read_bytes()[:1000])
    del done[damaged]
    assert_continues(frames, client, done)


def test_outputs_of_other_predictions_are_refused(client: object, frames: PredictionRequest) -> None:
    small = PredictionRequest("frames.extxyz")
    predict_parts(small, client, "out.parts", "best_model", **SMALL)
    with pytest.raises(FileExistsError, match=r"out\.parts exists\. Replace it with `--force`"):
        predict_parts(small, client, "out.parts", "best_model", **SMALL)
    index = Path("out.parts/index.json")
    index.write_text(index.read_text().replace("[0, 4]", "null"))  # as if it were interrupted
    with pytest.raises(FileExistsError, match=r"parts of another prediction: `structures_sha256` is .* expected"):
        predict_parts(frames, client, "out.parts", "best_model", **SMALL)
    with pytest.raises(FileExistsError, match="`batch_size` is 2, expected 3"):
        predict_parts(small, client, "out.parts", "best_model", **{**SMALL, "batch_size": 3})
    predict_parts(frames, client, "out.parts", "best_model", overwrite=True, **SMALL)
    assert len(parts_in("out.parts")) == 20
    Path("mine.parts").mkdir()
    Path("mine.parts/notes.txt").touch()
    with pytest.raises(FileExistsError, match=r"mine\.parts exists and is not a prediction in parts"):
        predict_parts(frames, client, "mine.parts", "best_model", overwrite=True, **SMALL)


def test_a_structure_that_cannot_be_predicted_is_named(client: object) -> None:
    with pytest.raises(ValueError, match=r"water\.xyz: Structure 1 \(H2O\) contains no C atom"):
        predict_parts(PredictionRequest("water.xyz"), client, "out.parts", "best_model", **SMALL)


def test_the_commands_predict_and_merge(cluster: DaskCluster, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["predict", "frames.extxyz", "--model", "best_model", "--dask", cluster.address]
    assert main(command) == 0
    assert capsys.readouterr().out == "frames_spectra.parts\n"
    assert main(["merge", "frames_spectra.parts", "-o", "merged.csv"]) == 0
    assert main(["predict", "frames.extxyz", "--model", "best_model", "-o", "whole.csv"]) == 0
    assert Path("merged.csv").read_text() == Path("whole.csv").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--plot", "spectra.png"], "--dask writes a folder of spectra only"),
        (["--shard", "1/2"], "Predict either a shard"),
        (["-o", "out.hdf5"], r"out.hdf5: the output of a prediction with Dask is a folder whose name ends in .parts"),
        (["--model", "none"], "none: no such file"),
        (["--dask", "cluster"], "The address of a Dask cluster must be"),
    ],
)
def test_wrong_options_are_refused_before_a_connection(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["predict", "frames.extxyz", "--model", "best_model", "--dask", "tcp://127.0.0.1:1", "-o", "out.parts"]
    assert main([*command, *options]) == 1
    assert message in capsys.readouterr().err
