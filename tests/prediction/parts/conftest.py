"""A Dask cluster with two workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.dask_cluster import DaskCluster, dask_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[DaskCluster]:
    """A scheduler and two workers on the loopback interface."""
    pytest.importorskip("distributed", reason="needs Dask")
    from distributed import Client

    with dask_cluster((), ()) as started:
        with Client(started.address) as client:
            client.wait_for_workers(2)
        yield started
