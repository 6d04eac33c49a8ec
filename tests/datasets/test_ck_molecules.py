"""All bundled spectra."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from rdkit import Chem

from schnetpack_isd.data.sources import iter_structures, open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, SAMPLE_STICKS, CKMolecules, bundled_files
from schnetpack_isd.datasets.ck_molecules import VERSIONS

HELD_OUT = (
    "c1ccc2ccccc2c1", "N#Cc1ccccc1", "NCC(=O)O", "NC(Cc1ccccc1)C(=O)O", "c1ccc(s1)-c1cccs1", "O=C1C=CC(=O)C=C1",
    "C1CCCCC1", "O=c1cc[nH]c(=O)[nH]1", "COC(=O)c1ccc(cc1)C(=O)OC", "Fc1ccccc1", "c1ccc2[nH]ccc2c1",
    "O=C1NC(=O)c2ccccc12", "c1ccc2nsnc2c1", "O=C1OCCO1", "C=C(C)C(=O)OC", "c1ccccc1-c1ccccc1", "CC(=O)Nc1ccccc1",
    "CCCCCC", "CC(N)C(=O)O", "CS(C)=O", "Clc1ccccc1", "COc1ccc(C#N)cc1", "c1ccc2cc3ccccc3cc2c1",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
)  # fmt: skip


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def structures(version: int) -> dict[int, Atoms]:
    spectra, structures = bundled_files(version)
    with open_spectra(spectra) as file:
        ids = set(file.ids)
    return {number: atoms for number, atoms in iter_structures(structures, ids) if atoms is not None}


def test_each_structure_has_its_sites(structures: dict[int, Atoms], version: int) -> None:
    with open_spectra(bundled_files(version)[0]) as file:
        assert sorted(structures) == file.ids
        for number, atoms in structures.items():
            sites = file.sites(number)
            assert {atoms.symbols[site.atom] for site in sites} == {"C"}
            assert sum(site.multiplicity for site in sites) == atoms.symbols.count("C")
        with open_spectra(SAMPLE_STICKS) as sample:
            assert set(sample.ids) < set(file.ids)
            assert sample.level_of_theory == file.level_of_theory
            assert sample.experimental_axis == file.experimental_axis


def test_version_3_adds_small_molecules_to_version_2() -> None:
    older, newer = (dict(iter_structures(bundled_files(version)[1], range(10**9))) for version in VERSIONS)
    added = [newer[number] for number in newer.keys() - older.keys()]
    assert older.keys() < newer.keys()
    assert len(added) == 359
    assert max((atoms.numbers > 1).sum() for atoms in added) == 6


def test_no_molecule_is_held_out_or_there_twice(structures: dict[int, Atoms]) -> None:
    smiles = {
        number: Chem.CanonSmiles(atoms.info["smiles"])
        for number, atoms in structures.items()
        if "variant_of" not in atoms.info
    }
    assert max(Counter(smiles.values()).values()) == 1
    flat = {Chem.CanonSmiles(part, useChiral=0) for text in smiles.values() for part in text.split(".")}
    assert flat.isdisjoint(Chem.CanonSmiles(text, useChiral=0) for text in HELD_OUT)


def test_other_geometries_name_their_molecule(structures: dict[int, Atoms]) -> None:
    variants = [atoms for atoms in structures.values() if "variant_of" in atoms.info]
    assert {atoms.info["kind"] for atoms in variants} == {"conformer", "distorted"}
    for atoms in variants:
        molecule = structures[atoms.info["variant_of"]]
        assert Chem.CanonSmiles(molecule.info["smiles"]) == Chem.CanonSmiles(atoms.info["smiles"])


def test_orientations_are_random(structures: dict[int, Atoms]) -> None:
    """The longest axes of the molecules have no preferred direction."""
    axes = [np.linalg.eigh(np.cov(atoms.positions.T))[1][:, 2] for atoms in structures.values() if len(atoms) > 5]
    order = np.einsum("ni,nj->ij", axes, axes) / len(axes)
    np.testing.assert_allclose(order, np.eye(3) / 3, atol=0.05)


def test_they_are_the_default_of_their_data_module() -> None:
    module = CKMolecules("molecules.db", 16)
    assert module.sources["spectra"] == MOLECULES_SPECTRA
    sources = CKMolecules("molecules.db", 16, version=3).sources
    assert (sources["spectra"], sources["structures"]) == bundled_files(3)
    with pytest.raises(ValueError, match="no version 1 of the bundled spectra; give the version 2 or 3"):
        CKMolecules("molecules.db", 16, version=1)
    with pytest.raises(ValueError, match="Give both `spectra` and `structures`"):
        CKMolecules("molecules.db", 16, spectra="mine.hdf5")
