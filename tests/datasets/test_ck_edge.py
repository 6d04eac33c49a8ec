"""The published files: made up, small, of the very same layout."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import h5py
import numpy as np
import pytest
from ase import Atoms
from rdkit import Chem
from rdkit.Chem import AllChem
from schnetpack.data import ASEAtomsData, AtomsDataModuleError
from scipy.interpolate import interp1d

from schnetpack_isd.cli import main
from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.data.sources import iter_structures, qm9
from schnetpack_isd.datasets import PUBLISHED, CKEdge, download, published
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.testing import published_layout as layout

AXIS = np.linspace(288.0, 310.0, 256)
SPECTRA = "site_spectra_0.5eV.hdf5"
SCALE = 1.1704213102348149e-4  # the authors'

# Numbers as in QM9, of which 6, 8 and 9 are taken to be uncharacterised, and others that have no spectra.
SMILES = {1: "C", 2: "N", 3: "O", 4: "C#C", 5: "C#N", 6: "C=O", 7: "CC", 8: "CO", 9: "CC#C", 10: "CC#N", 11: "CC=O"}
UNCHARACTERIZED = (6, 8, 9, *range(12, 3063))
SITES = {1: [0], 4: [0, 1], 5: [0], 7: [0, 1], 8: [0], 10: [0, 1], 11: [1, 0]}


Spoil = Callable[[Path, pytest.MonkeyPatch], object]


def embedded(smiles: str) -> Chem.Mol:
    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert AllChem.EmbedMolecule(molecule, randomSeed=0) == 0
    return molecule


MOLECULES = {number: embedded(smiles) for number, smiles in SMILES.items()}
ATOMS = {
    number: Atoms(
        [a.GetSymbol() for a in m.GetAtoms()], m.GetConformer().GetPositions(), info={"smiles": SMILES[number]}
    )
    for number, m in MOLECULES.items()
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    layout.write_site_spectra(tmp_path / "site_spectra_0.5eV.hdf5", SITES)
    layout.write_site_eigen_dsf(tmp_path / "site_eigen_dsf.hdf5", SITES)
    layout.write_qm9_archive(tmp_path / "dsgdb9nsd.xyz.tar.bz2", ATOMS)
    layout.write_uncharacterized(tmp_path / "uncharacterized.txt", UNCHARACTERIZED)
    with Chem.SDWriter(str(tmp_path / "gdb9.sdf")) as writer:
        for number, molecule in MOLECULES.items():
            molecule.SetProp("_Name", f"gdb_{number}")
            writer.write(molecule)
    return tmp_path


def convert(folder: Path, spectra: str, structures: str, **settings: object) -> ASEAtomsData:
    settings = {"energies": AXIS, "scale": SCALE, **settings}
    convert_spectra(
        folder / spectra, folder / structures, folder / "out.db", SpectrumSettings(**settings),
        uncharacterized=folder / "uncharacterized.txt", overwrite=True, progress=False,
    )  # fmt: skip
    return ASEAtomsData(str(folder / "out.db"))


def rows(dataset: ASEAtomsData) -> dict[int, dict]:
    return {int(dataset[row]["molecule_id"]): dataset[row] for row in range(len(dataset))}


def test_published_spectra_are_interpolated_as_the_authors_do(folder: Path) -> None:
    dataset = convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2")
    found = rows(dataset)
    assert list(found) == [number for number in SITES if number not in UNCHARACTERIZED]
    assert DatabaseMetadata.read(dataset).n_sites == 10
    with h5py.File(folder / "site_spectra_0.5eV.hdf5") as file:
        for number, row in found.items():
            for spectrum, atom in zip(row["spectrum"], sorted(SITES[number]), strict=True):
                site = file[f"{number}/{atom}"]
                energies = site["energies"][:] + site.attrs["excitation_energy"]
                interpolated = interp1d(energies, site["spectrum"][:, 1:].T, bounds_error=False, fill_value=0.0)(AXIS)
                np.testing.assert_allclose(spectrum, interpolated / SCALE, rtol=1e-6, atol=1e-6 * spectrum.max())


@pytest.mark.parametrize(("sigma", "axis"), [(0.5, AXIS), (0.31, np.linspace(285.0, 330.0, 77))])
def test_published_eigenvalues_are_broadened_as_the_authors_do(folder: Path, sigma: float, axis: np.ndarray) -> None:
    found = rows(convert(folder, "site_eigen_dsf.hdf5", "dsgdb9nsd.xyz.tar.bz2", sigma=sigma, energies=axis))
    with h5py.File(folder / "site_eigen_dsf.hdf5") as file:
        for number, row in found.items():
            for spectrum, atom in zip(row["spectrum"], sorted(SITES[number]), strict=True):
                site = file[f"{number}/{atom}"]
                eigenvalues, lowest = site["eigenvalues"][:], (site.attrs["n_electron"] - 1) // 2
                final = eigenvalues - eigenvalues[lowest] >= 0.0
                lines = eigenvalues[final] - eigenvalues[final][0] + site.attrs["excitation_energy"]
                gaussians = np.exp(-(((axis - lines[:, None]) / sigma) ** 2) / 2) / (np.sqrt(2 * np.pi) * sigma)
                expected = 2.0 * site["dsf"][:][final].T @ gaussians / SCALE
                np.testing.assert_allclose(spectrum, expected, rtol=1e-6, atol=1e-6 * expected.max())


def test_both_files_of_one_site_make_one_spectrum(folder: Path) -> None:
    """But for the error of interpolating linearly between points 0.1 eV apart."""
    with (
        h5py.File(folder / "site_eigen_dsf.hdf5") as sticks,
        h5py.File(folder / "site_spectra_0.5eV.hdf5", "a") as file,
    ):
        for number, atom in ((number, atom) for number, atoms in SITES.items() for atom in atoms):
            stick, site = sticks[f"{number}/{atom}"], file[f"{number}/{atom}"]
            eigenvalues, lowest = stick["eigenvalues"][:], (stick.attrs["n_electron"] - 1) // 2
            energies, spectrum = layout.smear((eigenvalues[lowest:] - eigenvalues[lowest], stick["dsf"][lowest:]))
            del site["energies"], site["spectrum"]
            site["energies"], site["spectrum"] = energies, spectrum
            site.attrs["excitation_energy"] = stick.attrs["excitation_energy"]
    broadened = rows(convert(folder, "site_eigen_dsf.hdf5", "dsgdb9nsd.xyz.tar.bz2"))
    for number, row in rows(convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2")).items():
        expected = broadened[number]["spectrum"].numpy()
        np.testing.assert_allclose(row["spectrum"], expected, atol=0.01 * expected.max())


def test_the_mean_scale_makes_the_mean_1(folder: Path) -> None:
    found = rows(convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2", scale="mean"))
    assert np.concatenate([row["spectrum"] for row in found.values()]).mean() == pytest.approx(1.0, rel=1e-5)


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


def test_no_truncated_archive_is_taken_for_whole(tmp_path: Path) -> None:
    path = tmp_path / "in.tar.bz2"
    layout.write_qm9_archive(path, layout.made_up_structures(range(1, 90), {}))
    whole = path.read_bytes()
    assert len(list(iter_structures(path, ()))) == 89
    for size in np.linspace(100, len(whole) - 1, 60).astype(int):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="is it complete"):
            list(iter_structures(path, ()))


def test_damaged_spectra_are_named_or_read(folder: Path) -> None:
    """Bytes that are overwritten at random either do not matter or are told, with the file."""
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


def test_a_database_that_structures_are_read_from_is_not_written_to(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "other.db")) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(ValueError, match=r"other.db is one of its own source files"):
        convert_spectra(folder / SPECTRA, folder / "other.db", folder / "other.db", overwrite=True)
    before = (folder / "other.db").read_bytes()
    with pytest.raises(ValueError, match=r"other.db: not a readable ASE database \(no such table"):
        convert(folder, SPECTRA, "other.db")
    assert (folder / "other.db").read_bytes() == before


def test_another_broadening_than_the_files_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"was broadened with 0.5 eV, according to its name, but 0.3 eV is requested"):
        convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2", sigma=0.3)
    with pytest.raises(ValueError, match="no transition dipoles"):
        convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2", directions=3)


def test_an_sdf_without_rdkit_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(
        ImportError, match=r"RDKit is needed for reading .*gdb9.sdf: pip install 'schnetpack-isd\[rdkit"
    ):
        convert(folder, "site_spectra_0.5eV.hdf5", "gdb9.sdf")


# Downloads, from a server of our own.


class Host(SimpleHTTPRequestHandler):
    """Figshare: files by number, lists of an article and a collection; what is in `broken` stops half-way."""

    broken: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        if self.path in self.broken:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"half")
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served; the files in it are what is to be had."""
    served = folder / "host"
    (served / "files").mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(published, "FILES", f"{url}/files")
    monkeypatch.setattr(published, "API", f"{url}/api")
    monkeypatch.setattr(published, "N_MOLECULES", len(SITES))
    monkeypatch.setattr(published, "N_SITES", sum(map(len, SITES.values())))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name, file in PUBLISHED.items():
        content = (folder / name).read_bytes()
        (served / "files" / str(file.figshare_id)).write_bytes(content)
        if file.md5 is not None:
            changed = published.PublishedFile(name, file.figshare_id, hashlib.md5(content).hexdigest())
            monkeypatch.setitem(PUBLISHED, name, changed)
    yield served
    server.shutdown()
    server.server_close()
    Host.broken = set()


def tell_checksum(host: Path, md5: str) -> None:
    for path, content in (
        ("collections/5494395/articles", '[{"id": 7}, {"id": 8}]'),
        ("articles/7/files", "[]"),
        ("articles/8/files", f'[{{"id": 31947896, "computed_md5": "{md5}"}}]'),
    ):
        (host / "api" / path).parent.mkdir(parents=True, exist_ok=True)
        (host / "api" / path).write_text(content)


def test_the_command_downloads_what_is_not_there(folder: Path, host: Path, capsys: pytest.CaptureFixture) -> None:
    tell_checksum(host, hashlib.md5((folder / SPECTRA).read_bytes()).hexdigest())
    target = folder / "data"
    target.mkdir()
    (target / "uncharacterized.txt").write_text("mine")
    assert main(["download", str(target)]) == 0
    assert "warning" not in capsys.readouterr().err
    for name in (SPECTRA, "dsgdb9nsd.xyz.tar.bz2"):
        assert (target / name).read_bytes() == (folder / name).read_bytes()
    assert (target / "uncharacterized.txt").read_text() == "mine"
    assert not list(target.glob(".*.part"))


@pytest.mark.usefixtures("host")
def test_a_broken_transfer_is_no_file_and_the_next_one_starts_anew(folder: Path) -> None:
    path = folder / "data" / "dsgdb9nsd.xyz.tar.bz2"
    Host.broken = {"/files/3195389"}
    with pytest.raises(OSError, match=rf"could not be downloaded .* put it at {path}, or .*SPKISD_OFFLINE_FOLDER"):
        download(path, progress=False)
    assert [file.name for file in path.parent.iterdir()] == []
    (path.parent / f".{path.name}.part").mkdir()
    (path.parent / f".{path.name}.part" / path.name).write_bytes(b"left by a killed process")
    Host.broken = set()
    download(path, progress=False)
    assert path.read_bytes() == (folder / path.name).read_bytes()


def test_what_arrives_is_checked(folder: Path, host: Path) -> None:
    target = folder / "data"
    (host / "files" / "3195389").write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"tar.bz2 was downloaded, but is wrong .*hash.* put it at"):
        download(target / "dsgdb9nsd.xyz.tar.bz2", progress=False)
    tell_checksum(host, "0" * 32)
    with pytest.raises(ValueError, match=r"site_spectra_0.5eV.hdf5 was downloaded, but is wrong .*hash"):
        download(target / SPECTRA, progress=False)
    layout.write_site_spectra(host / "files" / "31947896", {1: [0]})
    tell_checksum(host, hashlib.md5((host / "files" / "31947896").read_bytes()).hexdigest())
    with pytest.raises(ValueError, match=r"7 molecules with 11 sites were expected, not 1 with 1"):
        download(target / SPECTRA, progress=False)
    assert not list(target.iterdir())


def test_without_the_hosts_checksum_the_contents_are_checked(folder: Path, host: Path) -> None:
    with pytest.warns(UserWarning, match="figshare did not tell the checksum of site_spectra_0.5eV.hdf5"):
        download(folder / "data" / SPECTRA, progress=False)
    (host / "files" / "31947896").write_bytes(b"<html>Please wait</html>")
    (folder / "data" / SPECTRA).unlink()
    with pytest.warns(UserWarning, match="checksum"), pytest.raises(ValueError, match="not a readable HDF5 file"):
        download(folder / "data" / SPECTRA, progress=False)


def data_module(folder: Path, **arguments: object) -> CKEdge:
    data = folder / "data"
    return CKEdge(
        str(data / "out.db"), 2, data / SPECTRA, data / "dsgdb9nsd.xyz.tar.bz2",
        settings=SpectrumSettings(scale=SCALE),
        uncharacterized=data / "uncharacterized.txt", split_file=None, **arguments,
    )  # fmt: skip


def test_the_data_module_downloads_and_converts(folder: Path, host: Path) -> None:
    tell_checksum(host, hashlib.md5((folder / SPECTRA).read_bytes()).hexdigest())
    for _ in range(2):  # the second time, it is compared
        data_module(folder, download=True).prepare_data()
    assert list(rows(ASEAtomsData(str(folder / "data" / "out.db")))) == [1, 4, 5, 7, 10, 11]


def test_files_in_the_offline_folder_are_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "FILES", "http://127.0.0.1:9")  # nobody listens
    data_module(folder, download=True, offline_folder=folder).prepare_data()
    assert {path.name for path in (folder / "data").iterdir()} == {"out.db"}
    (folder / "data" / "out.db").unlink()
    (folder / "uncharacterized.txt").unlink()
    with pytest.raises(OSError, match=r"uncharacterized.txt could not be downloaded"):
        data_module(folder, download=True, offline_folder=folder).prepare_data()
    with pytest.raises(FileNotFoundError, match=r"uncharacterized.txt: no such file"):
        data_module(folder, offline_folder=folder).prepare_data()


def test_the_database_of_another_list_is_refused(folder: Path) -> None:
    data_module(folder, offline_folder=folder).prepare_data()
    layout.write_uncharacterized(folder / "uncharacterized.txt", range(6, 3060))
    with pytest.raises(AtomsDataModuleError, match="source"):
        data_module(folder, offline_folder=folder).prepare_data()
