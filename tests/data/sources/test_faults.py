"""Faults in files of the published layouts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from ase import Atoms
from support.published import ATOMS, SPECTRA, convert

from schnetpack_isd.data.sources import qm9
from schnetpack_isd.testing import published_layout as layout

Spoil = Callable[[Path, pytest.MonkeyPatch], object]


def site(path: str, energies: list[float], spectrum: object) -> Spoil:
    """Other contents of a site."""

    def spoil(folder: Path, _: pytest.MonkeyPatch) -> None:
        with h5py.File(folder / "site_spectra_0.5eV.hdf5", "a") as file:
            for key, value in (("energies", energies), ("spectrum", spectrum)):
                del file[path][key]
                file[path][key] = np.array(value, dtype=float)

    return spoil


def other_atoms(number: int, atoms: Atoms) -> Spoil:
    return lambda folder, _: layout.write_qm9_archive(folder / "dsgdb9nsd.xyz.tar.bz2", ATOMS | {number: atoms})


def cut(name: str, size: int) -> Spoil:
    return lambda folder, _: (folder / name).write_bytes((folder / name).read_bytes()[:-size])


def molecule_twice(folder: Path, _: pytest.MonkeyPatch) -> None:
    text = (folder / "gdb9.sdf").read_text()
    (folder / "gdb9.sdf").write_text(text + text)


def some_rows(folder: Path, _: pytest.MonkeyPatch) -> None:
    layout.write_qm9_db(folder / "qm9.db", list(ATOMS.values())[:7])


def rows_of_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qm9, "N_QM9", len(ATOMS))
    layout.write_qm9_db(folder / "qm9.db", list(ATOMS.values())[::-1])


FAULTS = {
    "energies that do not ascend": (site("4/0", [0, 2, 1], np.ones((3, 4))), r"0.5eV.hdf5: /4/0/energies must ascend"),
    "negative intensities": (site("4/0", [0, 1], -np.ones((2, 4))), r"/4/0/spectrum holds a negative intensity, -1"),
    "NaN": (site("4/1", [0, 1], [[1] * 4, [1, np.nan, 1, 1]]), r"/4/1/spectrum holds a value that is not finite"),
    "lengths that differ": (site("4/1", [0, 1], np.ones((3, 4))), r"/4/1/spectrum must have the shape \(2, 4\)"),
    "columns in another order": (site("7/1", [0, 1], [[9, 1, 2, 3]] * 2), r"/7/1/spectrum: the columns must be total"),
    "a truncated HDF5 file": (cut("site_spectra_0.5eV.hdf5", 500), r"not a readable HDF5 file"),
    "a site beyond the molecule": (other_atoms(11, Atoms("C")), r"site 1 of molecule 11 is not an atom: .*has 1 atoms"),
    "a site on a hydrogen": (
        other_atoms(7, Atoms("CH", positions=[(0, 0, 0), (0, 0, 1)])),
        r"site 1 of molecule 7 is H in .*dsgdb9nsd.xyz.tar.bz2, not C",
    ),
    "a molecule that QM9 has not": (
        lambda folder, _: layout.write_qm9_archive(folder / "dsgdb9nsd.xyz.tar.bz2", {1: ATOMS[1]}),
        r"dsgdb9nsd.xyz.tar.bz2 has no structure with id 4",
    ),
    "a truncated archive": (cut("dsgdb9nsd.xyz.tar.bz2", 40), r"not a readable archive .*is it complete"),
    "a molecule twice": (molecule_twice, r"gdb9.sdf: id 1 occurs twice"),
    "a truncated SDF": (cut("gdb9.sdf", 30), r"gdb9.sdf: the last molecule does not end with"),
    "an unknown part of QM9": (some_rows, r"qm9.db: the ids of its 7 rows are unknown"),
    "other molecules than QM9's": (rows_of_others, r"qm9.db: row 1 is C2H4O, but gdb_1 of QM9 is CH4"),
    "a truncated list": (
        cut("uncharacterized.txt", 300),
        r"lists 30\d\d molecules, QM9's list 3054",
    ),
    "all molecules in the list": (
        lambda folder, _: layout.write_uncharacterized(folder / "uncharacterized.txt", range(1, 3055)),
        r"site_spectra_0.5eV.hdf5: all its molecules are listed in .*uncharacterized.txt",
    ),
    "another list": (
        lambda folder, _: (folder / "uncharacterized.txt").write_text("a\n" * 12),
        r"uncharacterized.txt: line 10 does not begin with the number of a molecule",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_and_nothing_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    spoil, message = FAULTS[fault]
    spoil(folder, monkeypatch)
    structures = next((name for name in ("gdb9.sdf", "qm9.db") if message.startswith(name)), "dsgdb9nsd.xyz.tar.bz2")
    with pytest.raises(ValueError, match=message):
        convert(folder, "site_spectra_0.5eV.hdf5", structures)
    assert not (folder / "out.db").exists()
    assert not list(folder.glob(".*.part"))


def test_damaged_spectra_are_named_or_read(folder: Path) -> None:
    """Random bytes are overwritten: the file is still read correctly, or an error names it."""
    path = folder / SPECTRA
    whole, rng, told = path.read_bytes(), np.random.default_rng(0), 0
    for start in rng.integers(0, len(whole) - 512, 40):
        path.write_bytes(whole[:start] + bytes(512) + whole[start + 512 :])
        try:
            convert(folder, SPECTRA, "dsgdb9nsd.xyz.tar.bz2")
        except ValueError as error:
            assert str(path) in str(error)  # noqa: PT017
            told += 1
    assert told > 10


def test_another_broadening_than_the_files_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"has the broadening 0.5 \(eV\), according to its name, but 0.3 is requested"):
        convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2", broadening=0.3)
    with pytest.raises(ValueError, match="no transition dipoles"):
        convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2", directions=3)
