"""Files of structures."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.io import read, write
from rdkit import Chem
from rdkit.Chem.rdDistGeom import EmbedMolecule

from schnetpack_isd.prediction.structure_files import parse_index, read_frames
from schnetpack_isd.testing import published_layout as layout

ETHANOL = molecule("CH3CH2OH")
FRAMES = [molecule("CH4"), ETHANOL, molecule("C6H6"), molecule("C2H2")]


def structures(path: str, index: str = ":") -> list[Atoms]:
    """All frames, none of which is an error."""
    found = [atoms for _, atoms in read_frames(path, parse_index(index))]
    assert all(isinstance(atoms, Atoms) for atoms in found), found
    return found


def assert_equal(found: list[Atoms], expected: list[Atoms], atol: float = 1e-7) -> None:
    assert [str(atoms.symbols) for atoms in found] == [str(atoms.symbols) for atoms in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.positions, other.positions, atol=atol)


@pytest.mark.parametrize("name", ["frames.xyz", "frames.extxyz", "frames.traj", "frames.xyz.gz", "frames.json"])
def test_all_frames_are_read(name: str) -> None:
    write(name, FRAMES)
    assert_equal(structures(name), FRAMES)


def test_cells_and_properties_of_extended_xyz_are_kept() -> None:
    crystal = bulk("SiC", "zincblende", a=4.36)
    crystal.set_array("charges", np.arange(2.0))
    write("crystal.extxyz", [crystal, crystal])
    for atoms in structures("crystal.extxyz"):
        assert atoms == read("crystal.extxyz", 0)
        assert atoms.pbc.all()


@pytest.mark.parametrize(
    ("index", "expected"),
    [("1", [1]), ("-1", [3]), ("1:3", [1, 2]), ("::2", [0, 2]), ("-2:", [2, 3]), (":-1", [0, 1, 2])],
)
def test_frames_are_selected_as_by_ase(index: str, expected: list[int]) -> None:
    write("frames.extxyz", FRAMES)
    write("frames.traj", FRAMES)
    for name in ("frames.extxyz", "frames.traj"):
        assert [number for number, _ in read_frames(name, parse_index(index))] == expected
        assert_equal(structures(name, index), [FRAMES[number] for number in expected])


def test_a_frame_that_does_not_exist_is_an_error() -> None:
    write("frames.extxyz", FRAMES)
    [(number, error)] = read_frames("frames.extxyz", 7)
    assert (number, str(error)) == (7, "there is no such frame; the file has 4")


@pytest.mark.parametrize("text", ["a", "1-2", "", "1:2:3:4"])
def test_other_selections_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be selected by a number or as START:STOP:STEP"):
        parse_index(text)


@pytest.mark.parametrize("symbols", ["C1 C2 O1 D D H4 H_5 h T", "6 6 8 1 1 1 1 1 1", "c C O H H H H H H"])
def test_other_ways_to_write_symbols_are_understood(symbols: str) -> None:
    rows = [f"{s} {x} {y} {z}" for s, (x, y, z) in zip(symbols.split(), ETHANOL.positions, strict=True)]
    Path("ethanol.xyz").write_text("\n".join(["9", "ethanol", *rows, ""]))
    assert_equal(structures("ethanol.xyz"), [ETHANOL])


def test_a_molecule_of_qm9_is_read_from_its_own_file() -> None:
    text = layout.qm9_file(5, ETHANOL)
    Path("dsgdb9nsd_000005.xyz").write_text(2 * text)
    assert_equal(structures("dsgdb9nsd_000005.xyz"), [ETHANOL, ETHANOL], atol=1e-5)


def test_frames_after_one_that_cannot_be_read_are_read() -> None:
    for number, atoms in enumerate(FRAMES):
        write(f"{number}.xyz", atoms)
    texts = [Path(f"{number}.xyz").read_text() for number in range(4)]
    texts[1] = texts[1].replace("O ", "Oo ", 1)
    Path("all.xyz").write_text("".join(texts) + "\n" + texts[0][:-30])
    found = [atoms for _, atoms in read_frames("all.xyz")]
    assert [isinstance(atoms, Atoms) for atoms in found] == [True, False, True, True, False]
    assert "cannot be read by ASE" in str(found[1])
    assert "it ends after" in str(found[4]) or "cannot be read" in str(found[4])


@pytest.mark.parametrize("v3000", [False, True])
def test_all_molecules_of_an_sdf_file_are_read(v3000: bool) -> None:
    writer = Chem.SDWriter("molecules.sdf")
    writer.SetForceV3000(v3000)
    for smiles in ("C", "CCO", "c1ccccc1"):
        made = Chem.AddHs(Chem.MolFromSmiles(smiles))
        EmbedMolecule(made, randomSeed=1)
        writer.write(made)
    writer.close()
    assert [atoms.symbols.get_chemical_formula() for atoms in structures("molecules.sdf")] == ["CH4", "C2H6O", "C6H6"]
    Path("molecules.sdf.gz").write_bytes(gzip.compress(Path("molecules.sdf").read_bytes()))
    assert len(structures("molecules.sdf.gz")) == 3


def test_drawings_are_no_structures() -> None:
    Chem.MolToMolFile(Chem.MolFromSmiles("CCO"), "drawing.sdf")
    [(_, error)] = read_frames("drawing.sdf")
    assert "drawing in two dimensions" in str(error)


def test_formats_of_which_ase_reads_the_first_structure_are_named() -> None:
    write("frame.gro", ETHANOL)
    assert len(structures("frame.gro")) == 1
    text = Path("frame.gro").read_text()
    Path("frames.gro").write_text(2 * text)
    [(_, error)] = read_frames("frames.gro")
    assert "reads only the first structure of GROMACS (.gro) trajectories" in str(error)


def test_smiles_are_an_error_that_says_how_to_make_structures() -> None:
    Path("toluene.smi").write_text("Cc1ccccc1 toluene\n")
    [(_, error)] = read_frames("toluene.smi")
    assert 'schnetpack_isd.dft.structure_from_smiles("Cc1ccccc1").write("toluene.xyz")' in str(error)


def test_an_unknown_format_is_an_error() -> None:
    Path("notes.doc").write_text("not a structure")
    [(_, error)] = read_frames("notes.doc")
    assert "format of the file is unknown to ASE" in str(error)
