"""Stick spectra and structures to a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.db import connect
from ase.io import write
from schnetpack.data import ASEAtomsData

from schnetpack_isd.cli import main
from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.datasets import SAMPLE_STICKS
from schnetpack_isd.directions import random_directions
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.spectra.broadening import broaden

ENERGIES = np.linspace(288.0, 310.0, 64)
IDS = (2, 10, 9)  # in the order of their names, "10" comes first


class Source:
    """A pair of input files, small and right, for tests to convert or to spoil."""

    def __init__(self, folder: Path) -> None:
        self.spectra, self.structures, self.database = folder / "in.hdf5", folder / "in.extxyz", folder / "out.db"
        self.atoms = dict(zip(IDS, (molecule("CH3CH2OH"), molecule("CH4"), molecule("C6H6")), strict=True))
        rng = np.random.default_rng(0)
        with h5py.File(self.spectra, "w") as file:
            file.attrs["level_of_theory"] = "random numbers"
            for molecule_id, atoms in self.atoms.items():
                for site in np.flatnonzero(atoms.numbers == 6)[:2]:
                    group = file.create_group(f"{molecule_id}/{site}")
                    dipole = rng.standard_normal((30, 3))
                    group["eigenvalues"] = np.sort(rng.uniform(-20.0, 20.0, 30))
                    group["dsf"], group["dipole"] = dipole**2, dipole
                    multiplicity = 3 if molecule_id == 9 else 1  # benzene: two sites for six atoms
                    group.attrs.update(n_electron=9, excitation_energy=290.0 + site, multiplicity=multiplicity)
        self.write_structures()

    def write_structures(self) -> None:
        frames = []
        for molecule_id, atoms in self.atoms.items():
            frame = atoms.copy()
            frame.info["id"] = molecule_id
            frames.append(frame)
        write(self.structures, frames, format="extxyz")

    def convert(self, **settings: object) -> DatabaseMetadata:
        settings = {"energies": ENERGIES, **settings}
        return convert_spectra(
            self.spectra, self.structures, self.database, SpectrumSettings(**settings), progress=False
        )

    def lines(self, molecule_id: int, site: int) -> tuple[np.ndarray, np.ndarray]:
        """Energies and dipoles of the final states, as the published layout defines them."""
        with h5py.File(self.spectra) as file:
            group = file[f"{molecule_id}/{site}"]
            eigenvalues, first = group["eigenvalues"][:], (group.attrs["n_electron"] - 1) // 2
            return (
                eigenvalues[first:] - eigenvalues[first] + group.attrs["excitation_energy"],
                group["dipole"][first:],
            )


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path)


def test_rows_hold_what_the_design_says(source: Source) -> None:
    metadata = source.convert(scale=2.0)
    dataset = ASEAtomsData(str(source.database))
    assert [int(dataset[row]["molecule_id"]) for row in range(3)] == sorted(IDS)
    for row, molecule_id in enumerate(sorted(IDS)):
        properties, atoms = dataset[row], source.atoms[molecule_id]
        sites = np.flatnonzero(atoms.numbers == 6)[:2]
        assert properties["_atomic_numbers"].tolist() == atoms.numbers.tolist()
        np.testing.assert_allclose(properties["_positions"], atoms.positions, atol=1e-7)
        assert np.flatnonzero(properties["site_mask"]).tolist() == sites.tolist()
        assert properties["direction"].tolist() == [np.eye(3).tolist()]
        assert properties["excitation_energy"].tolist() == (290.0 + sites).tolist()
        for number, site in enumerate(sites):
            energies, dipoles = source.lines(molecule_id, site)
            expected = broaden(energies, dipoles**2, ENERGIES, 0.5) / 2.0
            np.testing.assert_allclose(properties["spectrum"][number], expected, rtol=1e-5, atol=1e-7)
    assert DatabaseMetadata.read(dataset) == metadata
    assert metadata.level_of_theory == "random numbers"
    assert metadata.n_sites == 5
    assert metadata.all_sites is False  # benzene has two of six
    assert connect(source.database).get(molecule_id=10).formula == "CH4"


@pytest.mark.parametrize("directions", [np.eye(3), 4])
def test_the_mean_of_isotropic_spectra_is_1_whatever_the_directions(source: Source, directions: object) -> None:
    source.convert(directions=directions, tensor=True)
    dataset = ASEAtomsData(str(source.database))
    tensors = np.concatenate([dataset[row]["spectrum_tensor"] for row in range(3)])
    assert tensors[:, :3].mean() == pytest.approx(1.0, rel=1e-5)


def test_given_and_random_directions_come_from_the_dipoles(source: Source) -> None:
    given = np.array([[1.0, 1.0, 0.0], [0.0, -2.0, 1.0]])
    for directions in (given, 2):
        source.convert(directions=directions, direction_seed=5, scale=1.0)
        dataset = ASEAtomsData(str(source.database))
        for row, molecule_id in enumerate(sorted(IDS)):
            properties = dataset[row]
            used = properties["direction"][0].numpy()
            drawn = random_directions(2, np.random.default_rng([5, molecule_id]))
            np.testing.assert_allclose(used, given if directions is given else drawn)
            energies, dipoles = source.lines(molecule_id, 0)
            strengths = (dipoles @ (used / np.linalg.norm(used, axis=1, keepdims=True)).T) ** 2
            expected = broaden(energies, strengths, ENERGIES, 0.5)
            np.testing.assert_allclose(properties["spectrum"][0], expected, rtol=1e-5, atol=1e-6)
        source.database.unlink()


def test_without_dipoles_only_the_axes_are_known(source: Source) -> None:
    with h5py.File(source.spectra, "a") as file:
        for site in (site for molecule_sites in file.values() for site in molecule_sites.values()):
            del site["dipole"]
    for settings in ({"directions": 3}, {"directions": [[1, 1, 0]]}, {"tensor": True}):
        with pytest.raises(ValueError, match="no transition dipoles"):
            source.convert(**settings)
    source.convert(directions=[[0, 0, 2], [1, 0, 0]])
    assert ASEAtomsData(str(source.database))[0]["spectrum"].shape == (2, 2, 64)


def edit(path: str, change: Callable[[h5py.Group], None]) -> Callable[[Source], None]:
    def spoil(source: Source) -> None:
        with h5py.File(source.spectra, "a") as file:
            change(file[path])

    return spoil


def replace(name: str, value: object) -> Callable[[h5py.Group], None]:
    def change(group: h5py.Group) -> None:
        del group[name]
        if value is not None:
            group[name] = value

    return change


def set_attribute(name: str, value: object) -> Callable[[h5py.Group], None]:
    return lambda group: group.attrs.__setitem__(name, value)


def without_structure(source: Source) -> None:
    del source.atoms[10]
    source.write_structures()


def other_element(source: Source) -> None:
    source.atoms[9].numbers[1] = 7
    source.write_structures()


def fewer_atoms(source: Source) -> None:
    source.atoms[9] = Atoms("C", positions=[(0, 0, 0)])
    source.write_structures()


def nan_coordinate(source: Source) -> None:
    source.atoms[9].positions[3, 1] = np.nan
    source.write_structures()


FAULTS: dict[str, tuple[Callable[[Source], object], str]] = {
    "a molecule without sites": (edit("/2", lambda g: g.clear()), r"in.hdf5: /2 holds no site"),
    "a site that is no number": (edit("/2", lambda g: g.create_group("C1")), r"/2/C1 is not an atom's index"),
    "a molecule that is no number": (edit("/", lambda f: f.create_group("x")), r"/x is not a molecule's id"),
    "lengths that differ": (edit("/2/0", replace("dsf", np.ones((29, 3)))), r"/2/0/dsf must have the shape \(30, 3\)"),
    "no strengths": (edit("/2/0", replace("dsf", None)), r"/2/0 has no dataset `dsf`"),
    "no eigenvalue": (edit("/2/0", replace("eigenvalues", np.ones(0))), r"/2/0/eigenvalues must have the shape \(n,\)"),
    "NaN": (edit("/10/0", replace("eigenvalues", np.full(30, np.nan))), r"/10/0/eigenvalues holds a value that is not"),
    "no electrons": (edit("/9/1", lambda g: g.attrs.pop("n_electron")), r"/9/1 has no attribute `n_electron`"),
    "too many electrons": (edit("/9/1", set_attribute("n_electron", 200)), r"/9/1: n_electron = 200 .* there are 30"),
    "NaN as energy": (edit("/9/1", set_attribute("excitation_energy", np.nan)), r"/9/1: attribute `excitation_energy`"),
    "neither layout": (
        edit("/2/0", replace("eigenvalues", None)),
        r"first site has neither `eigenvalues` .*nor `spectrum` .*, but dipole, dsf",
    ),
    "some without dipoles": (edit("/9/1", replace("dipole", None)), r"/9/1 has no dataset `dipole`"),
    "a negative strength": (edit("/2/0", replace("dsf", np.full((30, 3), -1.0))), r"/2/0/dsf holds a negative value"),
    "dipoles of other strengths": (edit("/2/0", replace("dsf", np.ones((30, 3)))), r"/2/0: `dsf` is not the square"),
    "words for numbers": (edit("/2/0", replace("dsf", "none")), r"/2/0/dsf must hold numbers"),
    "a word for a number": (
        edit("/9/1", set_attribute("n_electron", "nine")),
        r"/9/1: attribute `n_electron` must be one",
    ),
    "NaN as coordinate": (nan_coordinate, r"in.extxyz: the structure with id 9 has a coordinate that is not finite"),
    "an unknown id": (without_structure, r"in.extxyz has no structure with id 10"),
    "a site of another element": (other_element, r"in.hdf5: site 1 of molecule 9 is N in .*in.extxyz, not C"),
    "a site beyond the molecule": (fewer_atoms, r"site 1 of molecule 9 is not an atom: .*in.extxyz has 1 atoms"),
    "no HDF5 file": (lambda s: s.spectra.write_text("no"), r"in.hdf5: not a readable HDF5 file"),
    "a truncated HDF5 file": (
        lambda s: s.spectra.write_bytes(s.spectra.read_bytes()[:2000]),
        r"in.hdf5: not a readable HDF5 file",
    ),
    "an empty HDF5 file": (lambda s: h5py.File(s.spectra, "w").close(), r"in.hdf5: there is no molecule"),
    "no XYZ file": (lambda s: s.structures.write_text("some\ntext\n"), r"in.extxyz: not a readable extended XYZ file"),
    "an empty structure file": (lambda s: s.structures.write_text(""), r"in.extxyz: there is no structure"),
    "a structure without id": (
        lambda s: write(s.structures, molecule("CH4"), format="extxyz"),
        r"in.extxyz: frame 0 has no integer `id`",
    ),
    "an id that occurs twice": (
        lambda s: s.structures.write_text(2 * s.structures.read_text()),
        r"in.extxyz: id 2 occurs twice",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_and_nothing_is_written(source: Source, fault: str) -> None:
    spoil, message = FAULTS[fault]
    spoil(source)
    with pytest.raises(ValueError, match=message):
        source.convert(tensor=True)
    assert {path.name for path in source.database.parent.iterdir()} == {"in.hdf5", "in.extxyz"}


@pytest.mark.parametrize("spoil", [edit("/9", lambda g: g.pop("1")), edit("/9/1", set_attribute("multiplicity", 4))])
def test_molecules_whose_sites_do_not_stand_for_their_atoms_are_named(source: Source, spoil: Callable) -> None:
    spoil(source)
    with pytest.warns(UserWarning, match=r"in.hdf5: in 1 of 3 molecules the multiplicities .* number of C atoms: 9\."):
        source.convert()


def test_a_missing_file_is_named(source: Source) -> None:
    source.structures.unlink()
    with pytest.raises(FileNotFoundError, match=r"in.extxyz: no such file; the database is made from it"):
        source.convert()


def test_an_axis_without_any_line_is_refused(source: Source) -> None:
    with pytest.raises(ValueError, match=r"no site has any intensity on the energy axis, 500.00 to 510.00 eV"):
        source.convert(energies=np.linspace(500.0, 510.0, 10))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"energies": [290.0, 289.0]}, "ascending"),
        ({"energies": [290.0, np.nan]}, "ascending"),
        ({"energies": [290.0, np.inf]}, "ascending"),
        ({"energies": [290.0]}, "at least two"),
        ({"sigma": 0.0}, "sigma"),
        ({"directions": 0}, "random directions"),
        ({"directions": [[0, 0, 0]]}, "Direction 0"),
        ({"scale": "median"}, "scale"),
        ({"scale": -1.0}, "scale"),
        ({"absorbing_element": "Xx"}, "absorbing_element"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpectrumSettings(**settings)


def test_the_command_converts_and_keeps_what_exists(source: Source, capsys: pytest.CaptureFixture) -> None:
    command = ["convert", str(source.spectra), str(source.structures), str(source.database)]
    assert main([*command, "--energies", "288", "310", "64", "--direction", "0", "0", "-1", "--scale", "3"]) == 0
    first = source.database.read_bytes()
    assert ASEAtomsData(str(source.database))[0]["direction"].tolist() == [[[0.0, 0.0, -1.0]]]
    assert main([*command, "--force", "--scale", "max"]) == 1
    assert "scale must be" in capsys.readouterr().err
    assert main(command) == 1
    assert "out.db exists" in capsys.readouterr().err
    assert source.database.read_bytes() == first
    assert main([*command, "--force", "--random-directions", "2", "--tensor"]) == 0
    assert ASEAtomsData(str(source.database))[0]["direction"].shape == (1, 2, 3)


def test_the_command_warns_in_a_line(source: Source, capsys: pytest.CaptureFixture) -> None:
    edit("/9", lambda group: group.pop("1"))(source)
    assert main(["convert", str(source.spectra), str(source.structures), str(source.database)]) == 0
    lines = capsys.readouterr().err.splitlines()
    said = f"spkisd convert: warning: {source.spectra}: in 1 of 3 molecules the multiplicities"
    assert any(said in line for line in lines)


def test_the_bundled_spectra_are_those_that_their_readme_describes(sample_db: str) -> None:
    dataset = ASEAtomsData(sample_db)
    assert len(dataset) == 688
    assert DatabaseMetadata.read(dataset).n_sites == 2412
    with h5py.File(SAMPLE_STICKS) as file:
        assert DatabaseMetadata.read(dataset).level_of_theory == file.attrs["level_of_theory"]
