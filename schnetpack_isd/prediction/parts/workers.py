"""Workers of a Dask cluster: connection, and checks before any work."""

from __future__ import annotations

import logging
import re
import warnings
from asyncio import CancelledError as AsyncCancelledError
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from schnetpack_isd import __version__
from schnetpack_isd.utils.optional import DASK
from schnetpack_isd.utils.text import indent_list

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

    from .task import PartTask

__all__ = ["check_address", "check_workers", "dask_client", "explained_losses", "wait_for_workers"]

TIMEOUT = 10
"""Time in which a scheduler must answer, in seconds."""

LEAST_MEMORY = 3 << 29
"""Least memory of a worker in bytes, 1.5 GiB; one with the bundled model takes 1 GiB, and Dask pauses at 80 %."""

LOCAL = re.compile(r"local(?::([1-9]\d*))?")


def check_address(address: str) -> None:
    """Check the address of a cluster, without connecting to it.

    Raises:
        ImportError: Dask is not installed.
        ValueError: the address is of neither form.
    """
    DASK.check("to predict on the workers of a cluster")
    if not LOCAL.fullmatch(address) and not re.fullmatch(r"[a-z]+://.+", address):
        raise ValueError(
            f"The address of a Dask cluster must be that of its scheduler, such as tcp://127.0.0.1:8786, or local, or "
            f"local:N for N processes on this machine, not {address!r}."
        )


@contextmanager
def dask_client(address: str) -> Iterator[Client]:
    """Connect to a Dask cluster.

    Args:
        address: address of a scheduler; ``local`` or ``local:N`` starts workers of one thread on this machine, as many
            as it has cores or N, which end with the context.

    Raises:
        ImportError: Dask is not installed.
        ConnectionError: no scheduler answers.
        ValueError: the address is of neither form.
    """
    check_address(address)
    from dask.system import CPU_COUNT
    from distributed import Client

    if match := LOCAL.fullmatch(address):
        n_workers = int(match[1]) if match[1] else CPU_COUNT
        with _local_cluster(n_workers) as cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(address, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"{address}: no Dask scheduler answers ({error}). Start one with `dask scheduler`, or use `local`."
        ) from error
    with client:
        yield client


def _local_cluster(n_workers: int) -> LocalCluster:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=n_workers, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    )


def wait_for_workers(client: Client) -> None:
    """Wait until a cluster has a worker.

    Warns:
        UserWarning: it has none yet.
    """
    if not client.nthreads():
        warnings.warn("The cluster has no workers yet; waiting for the first one.", stacklevel=3)
        client.wait_for_workers(1)


def check_workers(client: Client, task: PartTask) -> None:
    """Check that all workers can predict as the client would; each of them loads the model.

    Workers that join later make the same checks of version and model with their first part.

    Raises:
        ValueError: a worker has no or another version of this package, another or no model, or too little memory; the
            message names the workers.
    """
    from .task import explain_refusal

    def describe(dask_worker: Any) -> str:
        """Return what is wrong with a worker; a nested function travels by value, so it needs no package there."""
        try:
            from schnetpack_isd import __version__ as found
        except ImportError as error:
            return f"it does not have schnetpack-isd ({error})"
        if found != version:
            return f"it has schnetpack-isd {found}, the client {version}"
        memory = dask_worker.memory_manager.memory_limit
        if memory is not None and memory < least_memory:
            return f"it has {memory / 2**30:.1f} GiB of memory, and needs {least_memory / 2**30:.1f} GiB"
        return ""

    version, least_memory = __version__, LEAST_MEMORY
    _refuse(client.run(describe, on_error="return"))
    _refuse(client.run(explain_refusal, task, on_error="return"))


@contextmanager
def explained_losses(client: Client) -> Iterator[None]:
    """Raise errors that say what to do when workers or the scheduler are lost.

    Args:
        client: client of the cluster; what it raises after it has lost the scheduler depends on the moment.

    Raises:
        ChildProcessError: a task ended several workers.
        ConnectionError: the connection to the scheduler was lost.
    """
    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError

    try:
        yield
    except KilledWorker as error:
        raise ChildProcessError(
            f"A part ended several workers, which may have too little memory: give them more, or choose a smaller "
            f"batch size. Finished parts are kept. ({error})"
        ) from error
    except (Exception, AsyncCancelledError) as error:
        is_loss = isinstance(error, CancelledError | AsyncCancelledError | CommClosedError)
        if isinstance(error, ValueError) or (client.status == "running" and not is_loss):
            raise
        raise ConnectionError(
            "The connection to the Dask scheduler was lost. Finished parts, if any, are kept: run the command again to "
            "continue."
        ) from error


def _refuse(found: Mapping[str, object]) -> None:
    if problems := [f"{worker}: {problem}" for worker, problem in found.items() if problem]:
        raise ValueError(f"{len(problems)} of {len(found)} Dask workers cannot be used:{indent_list(problems)}")
