"""QM9 in each of its forms."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from support.published import ATOMS, SITES, SPECTRA, UNCHARACTERIZED, convert, rows

from schnetpack_isd.data import convert_spectra
from schnetpack_isd.data.sources import iter_structures, qm9
from schnetpack_isd.testing import published_layout as layout


def whole_qm9(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(qm9, "N_QM9", len(ATOMS))
    layout.write_qm9_db(folder / "qm9.db", ATOMS.values())
    return "qm9.db"


def qm9_without_uncharacterized(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(qm9, "N_QM9", 3062)
    layout.write_qm9_db(folder / "qm9.db", [ATOMS[number] for number in ATOMS if number not in UNCHARACTERIZED])
    return "qm9.db"


def converted_database(folder: Path, _: pytest.MonkeyPatch) -> str:
    convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2")
    (folder / "out.db").rename(folder / "earlier.db")
    return "earlier.db"


FORMS = {
    "archive": lambda *_: "dsgdb9nsd.xyz.tar.bz2",
    "sdf": lambda *_: "gdb9.sdf",
    "whole database": whole_qm9,
    "database without the uncharacterised": qm9_without_uncharacterized,
    "converted database": converted_database,
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_qm9_gives_the_right_molecules(folder: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    dataset = convert(folder, "site_spectra_0.5eV.hdf5", FORMS[form](folder, monkeypatch))
    found = rows(dataset)
    assert list(found) == [1, 4, 5, 7, 10, 11]
    for number, row in found.items():
        assert row["_atomic_numbers"].tolist() == ATOMS[number].numbers.tolist()
        np.testing.assert_allclose(row["_positions"], ATOMS[number].positions, atol=1e-4)  # four decimals in an SDF
        assert np.flatnonzero(row["site_mask"]).tolist() == sorted(SITES[number])
    if "database" not in form or form == "converted database":
        smiles = dataset.conn.get(molecule_id=10).smiles
        assert Chem.CanonSmiles(smiles) == "CC#N"


def test_no_truncated_archive_is_taken_for_whole(tmp_path: Path) -> None:
    path = tmp_path / "in.tar.bz2"
    layout.write_qm9_archive(path, layout.made_up_structures(range(1, 90), {}))
    whole = path.read_bytes()
    assert len(list(iter_structures(path, ()))) == 89
    for size in np.linspace(100, len(whole) - 1, 60).astype(int):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="is it complete"):
            list(iter_structures(path, ()))


def test_a_database_that_structures_are_read_from_is_not_written_to(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "other.db")) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(ValueError, match=r"other.db is an input of this command"):
        convert_spectra(folder / SPECTRA, folder / "other.db", folder / "other.db", overwrite=True)
    before = (folder / "other.db").read_bytes()
    with pytest.raises(ValueError, match=r"other.db: not a readable ASE database \(no such table"):
        convert(folder, SPECTRA, "other.db")
    assert (folder / "other.db").read_bytes() == before


def test_an_sdf_without_rdkit_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(
        ImportError, match=r"RDKit is needed for reading .*gdb9.sdf: pip install 'schnetpack-isd\[rdkit"
    ):
        convert(folder, "site_spectra_0.5eV.hdf5", "gdb9.sdf")
