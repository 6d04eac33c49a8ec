"""Faults in the files to convert."""

from __future__ import annotations

from collections.abc import Callable

import h5py
import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import write
from support.source import Source

from schnetpack_isd.cli import main


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


def coinciding_atoms(source: Source) -> None:
    source.atoms[9].positions[1] = source.atoms[9].positions[0] + (0, 0, 0.1)
    source.write_structures()


def missing_lattice(source: Source) -> None:
    source.atoms[9].set_cell([8, 8, 0])
    source.atoms[9].set_pbc(True)
    source.write_structures()


FAULTS: dict[str, tuple[Callable[[Source], object], str]] = {
    "a molecule without sites": (edit("/2", lambda g: g.clear()), r"in.hdf5: /2 holds no site"),
    "a site that is no number": (edit("/2", lambda g: g.create_group("C1")), r"/2/C1 is not an atom's index"),
    "a molecule that is no number": (edit("/", lambda f: f.create_group("x")), r"/x is not a molecule's id"),
    "lengths that differ": (edit("/2/0", replace("dsf", np.ones((29, 3)))), r"/2/0/dsf must have the shape \(30, 3\)"),
    "no strengths": (edit("/2/0", replace("dsf", None)), r"/2/0 has no dataset `dsf`"),
    "no eigenvalue": (edit("/2/0", replace("eigenvalues", np.ones(0))), r"/2/0/eigenvalues must have the shape \(n,\)"),
    "NaN": (edit("/10/0", replace("eigenvalues", np.full(30, np.nan))), r"/10/0/eigenvalues holds a value that is not"),
    "eigenvalues that descend": (
        edit("/2/0", lambda g: g["eigenvalues"].__setitem__(slice(None), g["eigenvalues"][:][::-1])),
        r"/2/0/eigenvalues must ascend, but number 1 is below",
    ),
    "half an atom": (
        edit("/9/1", set_attribute("multiplicity", 1.5)),
        r"/9/1: attribute `multiplicity` must be a whole",
    ),
    "no atom": (edit("/9/1", set_attribute("multiplicity", 0)), r"/9/1: attribute `multiplicity` must be a whole"),
    "atoms that coincide": (coinciding_atoms, r"in.extxyz: structure with id 9: atoms 0 \(C\) and 1 \(C\) are 0\.1 Å"),
    "a missing lattice": (missing_lattice, r"in.extxyz: structure with id 9: `pbc` is true along cell vector c"),
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
    "NaN as coordinate": (nan_coordinate, r"in.extxyz: structure with id 9: a coordinate is not finite"),
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


def test_sites_without_intensity_on_the_axis_are_named(source: Source) -> None:
    edit("/9/1", set_attribute("excitation_energy", 29.0))(source)
    with pytest.warns(UserWarning, match=r"in.hdf5: 1 of 5 sites have no intensity on the energy axis, .*: 9/1 \("):
        source.convert()


@pytest.mark.parametrize("scale", [1e-320, 1e-45, 0.0, -1.0, 1e39])
def test_scales_outside_single_precision_are_refused(source: Source, scale: float) -> None:
    with pytest.raises(ValueError, match="scale must be"):
        source.convert(scale=scale)


def test_a_scale_that_makes_spectra_overflow_is_refused(source: Source) -> None:
    with pytest.raises(ValueError, match="exceed the range of single precision"):
        source.convert(scale=float(np.finfo(np.float32).tiny))
    assert not source.database.exists()


def test_the_command_warns_in_a_line(source: Source, capsys: pytest.CaptureFixture) -> None:
    edit("/9", lambda group: group.pop("1"))(source)
    assert main(["convert", str(source.spectra), str(source.structures), str(source.database)]) == 0
    lines = capsys.readouterr().err.splitlines()
    said = f"spkisd convert: warning: {source.spectra}: in 1 of 3 molecules the multiplicities"
    assert any(said in line for line in lines)
