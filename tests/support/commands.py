"""Commands in subprocesses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(sys.executable).parent


def run_command(command: str, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run a command of SchNetPack in a subprocess."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"} | environment
    return subprocess.run(
        [sys.executable, str(SCRIPTS / command), *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
