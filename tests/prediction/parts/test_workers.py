"""Connection to a cluster, and checks of its workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.dask_cluster import dask_cluster

from schnetpack_isd.prediction import PredictionRequest, SpectrumPredictor, dask_client, predict_parts
from schnetpack_isd.prediction.parts.task import ModelOnWorker, PartTask, explain_refusal
from schnetpack_isd.prediction.predict_file import prediction_record

pytest.importorskip("distributed", reason="needs Dask")


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schnetpack_isd.prediction.parts.workers.TIMEOUT", 0.5)
    with (
        pytest.raises(ConnectionError, match=r"tcp://127\.0\.0\.1:1: no Dask scheduler answers"),
        dask_client("tcp://127.0.0.1:1"),
    ):
        pass


def test_a_local_cluster_has_workers_of_one_thread() -> None:
    with dask_client("local:2") as client:
        assert list(client.nthreads().values()) == [1, 1]


@pytest.mark.usefixtures("folder")
def test_workers_that_are_not_like_the_client_are_named(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("import schnetpack_isd; schnetpack_isd.__version__ = '0.0.1'")
    (tmp_path / "without.py").write_text("import sys; sys.modules['schnetpack_isd'] = None")
    options = (("--preload", str(tmp_path / "old.py")), ("--preload", str(tmp_path / "without.py")))
    with dask_cluster(*options, ("--memory-limit", "0.5GiB")) as cluster, dask_client(cluster.address) as client:
        client.wait_for_workers(3)
        with pytest.raises(ValueError, match="3 of 3 Dask workers cannot be used") as caught:
            predict_parts(PredictionRequest("frames.extxyz"), client, "out.parts", "best_model")
    message = str(caught.value)
    assert "it has schnetpack-isd 0.0.1, the client 0.1.0" in message
    assert "it does not have schnetpack-isd" in message
    assert "it has 0.5 GiB of memory, and needs 1.5 GiB" in message
    assert cluster.address not in message
    assert not Path("out.parts").exists()


@pytest.mark.usefixtures("folder")
def test_a_worker_with_another_model_says_so(tmp_path: Path) -> None:
    request = PredictionRequest("frames.extxyz")
    predictor = SpectrumPredictor("best_model")
    model = ModelOnWorker(str(tmp_path / "best_model"), predictor.model.sha256, trust=False, device="cpu")
    task = PartTask(request, model, 32, prediction_record(request, predictor))
    assert explain_refusal(task) == ""
    assert "has another file for the model" in explain_refusal(replace(task, model=replace(model, sha256="0")))
    gone = replace(model, source=str(tmp_path / "gone"))
    assert "gone: no such file" in explain_refusal(replace(task, model=gone))
    assert "has schnetpack-isd 0.1.0, the client 0.0.1" in explain_refusal(replace(task, version="0.0.1"))
