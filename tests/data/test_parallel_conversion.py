"""Conversion in several processes: the database and the errors are those of one."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import h5py
import pytest
from ase import Atoms
from ase.io import write

from schnetpack_isd.data import SpectrumSettings, convert_spectra, open_database
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.testing import published_layout as layout

N_MOLECULES = 300
INPUTS = {"sticks.hdf5", "in.extxyz"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Spectra of molecules whose structures come in another order."""
    layout.write_site_eigen_dsf(tmp_path / "sticks.hdf5", {number: [0] for number in range(N_MOLECULES)})
    write_structures(tmp_path, {number: ch(1.1) for number in reversed(range(N_MOLECULES))})
    return tmp_path


def ch(distance: float) -> Atoms:
    return Atoms("CH", [[0.0, 0.0, 0.0], [0.0, 0.0, distance]])


def write_structures(folder: Path, structures: dict[int, Atoms]) -> None:
    for number, atoms in structures.items():
        atoms.info["id"] = number
    write(folder / "in.extxyz", list(structures.values()), format="extxyz")


def convert(folder: Path, name: str, workers: int) -> DatabaseMetadata:
    return convert_spectra(
        folder / "sticks.hdf5", folder / "in.extxyz", folder / name, SpectrumSettings(), workers=workers, progress=False
    )


def rows(database: Path) -> list[tuple]:
    columns = "id, numbers, positions, cell, pbc, key_value_pairs, data"
    return sqlite3.connect(database).execute(f"SELECT {columns} FROM systems ORDER BY id").fetchall()


def test_the_database_is_that_of_one_process(folder: Path) -> None:
    with h5py.File(folder / "sticks.hdf5", "r+") as file:
        file["250/0"].attrs["multiplicity"] = 2
        file["251/0"].attrs["excitation_energy"] = 500.0
    with pytest.warns(UserWarning, match="multiplicities") as alone:
        expected = convert(folder, "one.db", 1)
    with pytest.warns(UserWarning, match="multiplicities") as together:
        found = convert(folder, "two.db", 2)
    assert found == expected
    assert rows(folder / "two.db") == rows(folder / "one.db")
    assert open_database(folder / "two.db").metadata == open_database(folder / "one.db").metadata
    assert [str(warning.message) for warning in together] == [str(warning.message) for warning in alone]
    assert any("251/0" in str(warning.message) for warning in alone)


def message(folder: Path, workers: int) -> str:
    with pytest.raises(ValueError, match=r"\.") as error:
        convert(folder, "out.db", workers)
    assert {path.name for path in folder.iterdir()} == INPUTS
    return str(error.value)


def test_the_first_error_is_that_of_one_process(folder: Path) -> None:
    structures = {number: ch(1.1) for number in range(N_MOLECULES)}
    write_structures(folder, structures | {205: ch(0.01)})
    found = message(folder, 2)
    assert found == message(folder, 1)
    assert "structure with id 205" in found
    with h5py.File(folder / "sticks.hdf5", "r+") as file:
        del file["200/0"].attrs["n_electron"]  # the structure of 205 is read before
    found = message(folder, 2)
    assert found == message(folder, 1)
    assert "sticks.hdf5: /200/0 has no attribute `n_electron`" in found


SPKISD = str(Path(sys.executable).parent / "spkisd")
COMMAND = [SPKISD, "convert", "sticks.hdf5", "in.extxyz", "out.db", "--workers", "2"]


def start(folder: Path) -> subprocess.Popen:
    """Start a conversion, and wait until it writes."""
    layout.write_site_eigen_dsf(folder / "sticks.hdf5", {number: [0] for number in range(5 * N_MOLECULES)})
    write_structures(folder, {number: ch(1.1) for number in range(5 * N_MOLECULES)})
    process = subprocess.Popen(
        COMMAND, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # jobs in the background ignore it
    )  # fmt: skip
    aside = folder / ".out.db.part" / "out.db"
    while not (aside.exists() and aside.stat().st_size > 0):
        assert process.poll() is None
        time.sleep(0.001)
    return process


def test_ctrl_c_ends_all_processes_and_leaves_nothing(folder: Path) -> None:
    process = start(folder)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, error = process.communicate()  # until the last process has closed the pipe
    assert error == "spkisd convert: interrupted\n"
    assert process.returncode == 128 + signal.SIGINT
    assert {path.name for path in folder.iterdir()} == INPUTS


def test_a_killed_worker_is_reported(folder: Path) -> None:
    process = start(folder)
    for worker in workers_of(process.pid):
        os.kill(worker, signal.SIGKILL)
    _, error = process.communicate()
    assert "A worker was killed" in error
    assert process.returncode == 1
    assert {path.name for path in folder.iterdir()} == INPUTS


def workers_of(parent: int) -> list[int]:
    """The children of the fork server."""
    children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    [server] = [pid for pid in children if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]
