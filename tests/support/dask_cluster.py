"""Dask clusters of processes on the loopback interface."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

STARTING = re.compile(rb"Scheduler at:\s+(tcp://\S+)")


@dataclass
class DaskCluster:
    """A scheduler and its workers, each a process without a nanny.

    Attributes:
        folder: folder of logs.
        address: address of the scheduler.
        processes: the processes; the scheduler is the first.
    """

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start a process of Dask's command line; its log is in the folder."""
        log = (self.folder / f"{len(self.processes)}.log").open("wb")
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        self.processes.append(subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log))
        return self.processes[-1]

    def add_worker(self, *options: str) -> subprocess.Popen:
        """Add a worker of one thread."""
        where = ("--host", "127.0.0.1", "--no-dashboard", "--local-directory", str(self.folder))
        how = ("--no-nanny", "--nthreads", "1", "--death-timeout", "60")
        return self.start("worker", self.address, *how, *where, *options)

    def wait_for_address(self) -> str:
        """Wait until the scheduler listens."""
        while self.processes[0].poll() is None:
            if found := STARTING.search((self.folder / "0.log").read_bytes()):
                return found[1].decode()
            with suppress(subprocess.TimeoutExpired):
                self.processes[0].wait(0.05)
        raise RuntimeError((self.folder / "0.log").read_text())


@contextmanager
def dask_cluster(*workers: Sequence[str]) -> Iterator[DaskCluster]:
    """Start a scheduler, and a worker for each list of options."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = DaskCluster(Path(folder))
        try:
            cluster.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--idle-timeout", "300")
            cluster.address = cluster.wait_for_address()
            for options in workers:
                cluster.add_worker(*options)
            yield cluster
        finally:
            for process in cluster.processes:
                process.kill()
            for process in cluster.processes:
                process.wait()
