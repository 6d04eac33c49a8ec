"""Commands in subprocesses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(sys.executable).parent


def run_command(
    command: str, folder: Path, *arguments: str, largest_file: int | None = None, **environment: str
) -> subprocess.CompletedProcess:
    """Run a command in a subprocess, with a limit on the size of files if wanted, as if the disk were full."""
    if largest_file is not None:
        import resource

        limits = (largest_file, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"} | environment
    return subprocess.run(
        [sys.executable, str(SCRIPTS / command), *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False,
        preexec_fn=None if largest_file is None else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
    )  # fmt: skip
