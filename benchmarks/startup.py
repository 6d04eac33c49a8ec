"""CPU time of fresh processes: imports, and the first prediction.

    python benchmarks/startup.py [--rounds 5]

CPU time is that of user and system together, from the start of Python to its end, on one thread. The processes take
turns within each round; the first round warms up the caches of files and of Numba, and is not counted. The table has
medians. Importing PyTorch and SchNetPack is the least that a prediction needs.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile

from processor import processor

CALCULATOR = """
from ase.build import molecule
from schnetpack_isd.interfaces import SpectrumCalculator
SpectrumCalculator().get_property("spectrum", molecule("C6H6"))
"""
COMMAND = "import sys; from schnetpack_isd.cli import main; sys.exit(main())"
BENZENE = "from ase.build import molecule; molecule('C6H6').write('benzene.xyz')"
PROCESSES = {
    "Python": ["pass"],
    "`import torch`": ["import torch"],
    "`import schnetpack`": ["import schnetpack"],
    "`import schnetpack_isd`": ["import schnetpack_isd"],
    "`spkisd --help`": [COMMAND, "--help"],
    "first prediction, `SpectrumCalculator`": [CALCULATOR],
    "first prediction, `spkisd predict benzene.xyz --plot x.png`": [
        COMMAND, "predict", "benzene.xyz", "--plot", "x.png", "--force",
    ],
}  # fmt: skip
"""Program and arguments of each process."""


def cpu_seconds(program: list[str], folder: str) -> float:
    """Return the CPU time of a Python process.

    Raises:
        RuntimeError: it failed.
    """
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-W", "ignore", "-c", *program]
    process = subprocess.Popen(command, cwd=folder, env=os.environ | one_thread, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed.")
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in PROCESSES}
    with tempfile.TemporaryDirectory() as folder:
        cpu_seconds([BENZENE], folder)
        for number in range(options.rounds + 1):
            for name, program in PROCESSES.items():
                seconds = cpu_seconds(program, folder)
                if number > 0:
                    times[name].append(seconds)
    print(f"{processor()}, Python {platform.python_version()}")
    print("| process | CPU time / s | relative to `import schnetpack` |\n| --- | --- | --- |")
    reference = statistics.median(times["`import schnetpack`"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"| {name} | {median:.2f} | {median / reference:.2f} |")


if __name__ == "__main__":
    main()
