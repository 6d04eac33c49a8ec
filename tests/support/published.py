"""Small generated files in the published layouts, and their conversion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from rdkit import Chem
from rdkit.Chem import AllChem
from schnetpack.data import ASEAtomsData

from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.testing import published_layout as layout

AXIS = np.linspace(288.0, 310.0, 256)
SPECTRA = "site_spectra_0.5eV.hdf5"
SCALE = 1.1704213102348149e-4  # the authors'


# Numbers as in QM9, of which 6, 8 and 9 are taken to be uncharacterised, and others that have no spectra.
SMILES = {1: "C", 2: "N", 3: "O", 4: "C#C", 5: "C#N", 6: "C=O", 7: "CC", 8: "CO", 9: "CC#C", 10: "CC#N", 11: "CC=O"}
UNCHARACTERIZED = (6, 8, 9, *range(12, 3063))
SITES = {1: [0], 4: [0, 1], 5: [0], 7: [0, 1], 8: [0], 10: [0, 1], 11: [1, 0]}


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


def convert(folder: Path, spectra: str, structures: str, **settings: object) -> ASEAtomsData:
    settings = {"energies": AXIS, "scale": SCALE, **settings}
    convert_spectra(
        folder / spectra, folder / structures, folder / "out.db", SpectrumSettings(**settings),
        uncharacterized=folder / "uncharacterized.txt", overwrite=True, progress=False,
    )  # fmt: skip
    return ASEAtomsData(str(folder / "out.db"))


def rows(dataset: ASEAtomsData) -> dict[int, dict]:
    return {int(dataset[row]["molecule_id"]): dataset[row] for row in range(len(dataset))}


def write_published_files(folder: Path) -> None:
    """Write spectra, QM9 as an archive and as an SDF, and the list of uncharacterised molecules."""
    layout.write_site_spectra(folder / "site_spectra_0.5eV.hdf5", SITES)
    layout.write_site_eigen_dsf(folder / "site_eigen_dsf.hdf5", SITES)
    layout.write_qm9_archive(folder / "dsgdb9nsd.xyz.tar.bz2", ATOMS)
    layout.write_uncharacterized(folder / "uncharacterized.txt", UNCHARACTERIZED)
    with Chem.SDWriter(str(folder / "gdb9.sdf")) as writer:
        for number, molecule in MOLECULES.items():
            molecule.SetProp("_Name", f"gdb_{number}")
            writer.write(molecule)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The working folder, with files in the published layouts."""
    write_published_files(tmp_path)
    return tmp_path
