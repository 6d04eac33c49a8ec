"""Conversions that are killed, run out of disk, or run twice at once."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from ase import Atoms
from ase.io import write
from schnetpack.data import ASEAtomsData

from schnetpack_isd.data import SpectrumDataModule, SpectrumSettings
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.testing import published_layout as layout
from schnetpack_isd.utils.files import process_lock

N_MOLECULES = 1000
PREPARE = """
import sys
from schnetpack_isd.data import SpectrumDataModule, SpectrumSettings, datamodule

def convert(*arguments, convert=datamodule.convert_spectra, **options):
    convert(*arguments, **options)
    print("converted", file=sys.stderr)

datamodule.convert_spectra = convert
SpectrumDataModule("out.db", 1, "sticks.hdf5", "in.extxyz", SpectrumSettings(scale=1.0)).prepare_data()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A source that takes a second or more to convert."""
    layout.write_site_eigen_dsf(tmp_path / "sticks.hdf5", {number: [0] for number in range(N_MOLECULES)})
    write(tmp_path / "in.extxyz", [Atoms("C", info={"id": number}) for number in range(N_MOLECULES)], format="extxyz")
    return tmp_path


def start(folder: Path, **options: object) -> subprocess.Popen:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", PREPARE], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, **options
    )


def assert_whole(folder: Path) -> None:
    dataset = ASEAtomsData(str(folder / "out.db"))
    assert len(dataset) == DatabaseMetadata.read(dataset).n_sites == N_MOLECULES
    assert {path.name for path in folder.iterdir()} == {"sticks.hdf5", "in.extxyz", "out.db"}


def test_a_killed_conversion_leaves_nothing_that_is_taken_for_whole(folder: Path) -> None:
    process = start(folder)
    aside = folder / ".out.db.part" / "out.db"
    while not (aside.exists() and aside.stat().st_size > 0):
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert aside.exists()
    assert not (folder / "out.db").exists()
    SpectrumDataModule("out.db", 1, "sticks.hdf5", "in.extxyz", SpectrumSettings(scale=1.0)).prepare_data()
    assert_whole(folder)


def test_a_full_disk_is_said_and_nothing_is_left(folder: Path) -> None:
    limit = 1 << 20  # bytes that a file may have: writing more fails as on a full disk
    process = start(folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    _, message = process.communicate()
    assert process.returncode == 1
    assert "out.db could not be written" in message
    assert "is there room on the disk?" in message
    assert {path.name for path in folder.iterdir()} == {"sticks.hdf5", "in.extxyz"}


def waits_for(process: subprocess.Popen, lock: Path) -> bool:
    """Return whether a process has opened the lock file."""
    with suppress(FileNotFoundError):  # it can close a file while its files are listed
        return any(os.path.realpath(entry) == str(lock) for entry in Path(f"/proc/{process.pid}/fd").iterdir())
    return False


def test_of_two_processes_one_converts_and_the_other_waits(folder: Path) -> None:
    lock = folder / ".out.db.lock"
    with process_lock(folder / "out.db"):
        both = [start(folder), start(folder)]
        while not all(waits_for(process, lock) for process in both):
            assert [process.poll() for process in both] == [None, None]
            time.sleep(0.05)
    messages = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], messages
    assert sum("converted" in message for message in messages) == 1
    assert_whole(folder)
