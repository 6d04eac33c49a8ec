"""Calculations of many molecules: files, interruptions, failures."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import iread, write

from schnetpack_isd.cli import main
from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.data.sources import StickSpectrum, open_spectra
from schnetpack_isd.dft import calculate, calculate_spectra, structure_from_smiles
from schnetpack_isd.dft.transition_potential import ConvergenceError

COMMAND = [str(Path(sys.executable).parent / "spkisd"), "calculate"]


@pytest.fixture
def calculated(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The sites that are calculated, (number of atoms, atom); a fake takes the place of the calculation."""
    found: list[tuple[int, int]] = []

    def fake(atoms: Atoms, atom: int, multiplicity: int, *_: object) -> StickSpectrum:
        found.append((len(atoms), atom))
        dipoles = np.arange(6.0).reshape(2, 3) + atom
        return StickSpectrum(atom, multiplicity, 290.0, 295.0, np.array([290.0, 291.0]), dipoles**2, dipoles)

    monkeypatch.setattr(calculate, "calculate_site", fake)
    return found


def test_methane_from_smiles_becomes_a_database(capsys: pytest.CaptureFixture) -> None:
    assert main(["calculate", "--smiles", "C", "--output", "methane.hdf5", "--workers", "1"]) == 0
    assert capsys.readouterr().out.split() == ["methane.hdf5", "methane.extxyz"]
    assert sorted(path.name for path in Path().iterdir()) == ["methane.extxyz", "methane.hdf5"]
    settings = SpectrumSettings(energies=np.linspace(289, 314, 50), broadening="0.5", tensor=True)
    convert_spectra("methane.hdf5", "methane.extxyz", "methane.db", settings)
    with open_spectra("methane.hdf5") as file:
        [site] = file.sites(0)
    assert site.ionization_energy == pytest.approx(297.8, abs=0.5)


@pytest.mark.usefixtures("calculated")
def test_the_file_has_what_was_calculated_and_how() -> None:
    molecules = [molecule("CH3CH2OH"), "CC#N", molecule("C2H4")]
    assert calculate_spectra(molecules, "out.hdf5", progress=False) == {}
    with open_spectra("out.hdf5") as file:
        assert file.ids == [0, 1, 2]
        assert [len(file.sites(number)) for number in file.ids] == [2, 2, 1]
        assert [site.multiplicity for site in file.sites(2)] == [2]
        assert file.level_of_theory.startswith("PBE transition potential")
    frames = list(iread("out.extxyz"))
    assert [atoms.info["id"] for atoms in frames] == [0, 1, 2]
    assert frames[1].info["smiles"] == "CC#N"


@pytest.mark.usefixtures("calculated")
def test_ids_and_smiles_are_kept() -> None:
    write("mine.extxyz", [Atoms("CO", [[0, 0, 0], [0, 0, 1.1]], info={"id": number}) for number in (7, 3)])
    assert main(["calculate", "mine.extxyz", "-o", "out.hdf5", "--workers", "1"]) == 0
    with open_spectra("out.hdf5") as file:
        assert file.ids == [3, 7]
    assert sorted(atoms.info["id"] for atoms in iread("out.extxyz")) == [3, 7]
    smiles = ["C/C=C\\C", "F/C=C/F"]
    calculate_spectra(smiles, "isomers.hdf5", progress=False)
    assert [atoms.info["smiles"] for atoms in iread("isomers.extxyz")] == smiles


def test_an_interrupted_calculation_goes_on(calculated: list, monkeypatch: pytest.MonkeyPatch) -> None:
    molecules, finish = [molecule("CH3CH2OH"), molecule("C2H4"), "CC"], calculate.calculate_site

    def interrupt(*arguments: object) -> StickSpectrum:
        if len(calculated) == 2:
            raise KeyboardInterrupt
        return finish(*arguments)

    monkeypatch.setattr(calculate, "calculate_site", interrupt)
    with pytest.raises(KeyboardInterrupt):
        calculate_spectra(molecules, "out.hdf5", progress=False)
    assert not Path("out.hdf5").exists()
    monkeypatch.setattr(calculate, "calculate_site", finish)
    with pytest.raises(ValueError, match=r"out.hdf5.sites has another structure 0 \(C2H6O\)"):
        calculate_spectra([molecule("CH4")], "out.hdf5", progress=False)
    calculate_spectra(molecules, "out.hdf5", progress=False)
    assert len(calculated) == len(set(calculated)) == 4  # no site twice
    assert not Path("out.hdf5.sites").exists()


@pytest.mark.usefixtures("calculated")
def test_molecules_that_fail_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    finish = calculate.calculate_site

    def fail(atoms: Atoms, *arguments: object) -> StickSpectrum:
        if "O" in atoms.symbols:
            raise ConvergenceError("not converged after 230 cycles")
        return finish(atoms, *arguments)

    monkeypatch.setattr(calculate, "calculate_site", fail)
    Path("some.smi").write_text("CC ethane\nCO methanol\nO water\nC1CC\n")
    assert main(["calculate", "some.smi", "--smiles", "[CH3]", "-o", "out.hdf5", "--workers", "1"]) == 1
    message = capsys.readouterr().err
    assert "4 of 5 molecules are not in out.hdf5" in message
    for line in (
        "1 (CO): site 0: not converged after 230 cycles", "2 (O): there is no C atom", "C1CC is not a valid SMILES",
        "[CH3] has unpaired electrons",
    ):  # fmt: skip
        assert line in message
    with open_spectra("out.hdf5") as file:
        assert file.ids == [0]


def test_a_calculation_that_does_not_converge_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schnetpack_isd.dft.transition_potential.CYCLES", (1, 1))
    with pytest.raises(ValueError, match=r"No molecule could be .* \(CH4\): site 0: not converged after 2 cycles"):
        calculate_spectra([molecule("CH4")], "out.hdf5", progress=False)


def test_a_killed_worker_loses_nothing_that_is_finished() -> None:
    smiles = ["C", "C#C", "CCCCO", "CCCCF"]
    run = subprocess.Popen(
        [*COMMAND, "--smiles", *smiles, "-o", "out.hdf5", "--workers", "2"], stderr=subprocess.PIPE, text=True
    )
    while len(list(Path().glob("out.hdf5.sites/*.npz"))) < 2:
        assert run.poll() is None, run.stderr.read()
        time.sleep(0.1)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    workers = [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(workers[0], signal.SIGKILL)
    assert run.wait() == 1
    assert re.search("A worker was killed.*What is finished is kept", run.stderr.read())
    assert len(list(Path().glob("out.hdf5.sites/*.npz"))) >= 2


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch, calculated: list) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match=r"Cannot write out.hdf5.sites/0-0.npz: No space left on device. Free some"):
        calculate_spectra([molecule("CH4")], "out.hdf5", progress=False)
    assert calculated == [(5, 0)]
    assert not list(Path("out.hdf5.sites").glob("*.npz"))


def test_geometries_are_relaxed_and_turned_by_the_smiles() -> None:
    one, other = structure_from_smiles("C=O"), structure_from_smiles("C=O")
    np.testing.assert_allclose(one.positions, other.positions, atol=1e-6)
    assert one.get_distance(0, 1) == pytest.approx(1.20, abs=0.02)
    assert np.abs(one.positions[0] - one.positions[1]).min() > 0.05  # not along an axis
    assert structure_from_smiles("C[NH3+]").info["charge"] == 1


def test_mistakes_are_found_before_anything_is_calculated(calculated: list, capsys: pytest.CaptureFixture) -> None:
    Path("exists.hdf5").write_text("")
    for molecules, output, arguments, error, message in (
        (["C"], "exists.hdf5", {}, FileExistsError, "exists.hdf5 exists"),
        (["C"], "out.extxyz", {}, ValueError, "out.extxyz is the name of two outputs"),
        (["C"], "out.hdf5", {"element": "S"}, ValueError, "`element` must be one of C, N, O, F, not 'S'"),
        (["C"], "out.hdf5", {"workers": 0}, ValueError, "`workers` must be at least 1"),
        ([], "out.hdf5", {}, ValueError, "There is no molecule"),
        ([molecule("CH4"), molecule("CH3")], "out.hdf5", {}, ValueError, r"Structure 1 \(CH3\): the number of elect"),
        ([molecule("CH4")], "other.hdf5", {"sites": [1]}, ValueError, "atom 1 is H"),
        ([molecule("CO")], "other.hdf5", {"sites": [0]}, ValueError, "atom 0 is O, not C"),
    ):
        with pytest.raises(error, match=message):
            calculate_spectra(molecules, output, progress=False, **arguments)
    assert main(["calculate", "--smiles", "C", "--charge", "1", "-o", "out.hdf5"]) == 1
    assert "--charge is for structures; SMILES have their own charges" in capsys.readouterr().err
    Path("mine.extxyz").write_text("")
    assert main(["calculate", "mine.extxyz", "-o", "mine.hdf5", "--force"]) == 1
    assert "mine.extxyz is an input of this command" in capsys.readouterr().err
    assert sorted(path.name for path in Path().iterdir()) == ["exists.hdf5", "mine.extxyz"]
    assert calculated == []
