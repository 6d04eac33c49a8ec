"""SMILES and scaffolds of molecules from RDKit (the extra ``rdkit``)."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from ase import Atoms

if TYPE_CHECKING:
    from rdkit.Chem import Mol

__all__ = ["import_rdkit", "murcko_scaffold", "perceive_bonds", "perceive_smiles"]


def import_rdkit(purpose: str) -> ModuleType:
    """Import RDKit's module `Chem`.

    Args:
        purpose: purpose, for the message.

    Raises:
        ImportError: RDKit is not installed.
    """
    try:
        from rdkit import Chem
    except ImportError as error:
        raise ImportError(f"RDKit is needed for {purpose}: pip install 'schnetpack-isd[rdkit]'.") from error
    return Chem


def perceive_bonds(atoms: Atoms) -> Mol:
    """Make a neutral molecule of RDKit, with bonds perceived from distances; atoms keep their order.

    Args:
        atoms: the molecule.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: RDKit finds no bonds that make a neutral molecule.
    """
    chem = import_rdkit("bonds from structures")
    from rdkit.Chem.rdDetermineBonds import DetermineBonds

    lines = [f"{s} {x:.6f} {y:.6f} {z:.6f}" for s, (x, y, z) in zip(atoms.symbols, atoms.positions, strict=True)]
    molecule = chem.MolFromXYZBlock("\n".join([str(len(atoms)), "", *lines, ""]))
    # The default finds bonds across strained rings.
    DetermineBonds(molecule, charge=0, useVdw=True, covFactor=1.15)
    return molecule


def perceive_smiles(atoms: Atoms) -> str:
    """Return the SMILES of a neutral molecule, see :func:`perceive_bonds`.

    Args:
        atoms: the molecule.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: RDKit finds no bonds that make a neutral molecule.
    """
    chem = import_rdkit("SMILES from structures")
    return chem.MolToSmiles(chem.RemoveAllHs(perceive_bonds(atoms)))


def murcko_scaffold(smiles: str) -> str:
    """Return the Bemis-Murcko scaffold: rings and their linkers, without chirality; empty without rings.

    Bemis and Murcko, J. Med. Chem. 1996, 39, 2887 (doi:10.1021/jm9602928).

    Args:
        smiles: the molecule.

    Returns:
        SMILES of the scaffold.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: RDKit cannot read the SMILES.
    """
    chem = import_rdkit("scaffolds")
    from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles

    molecule = chem.MolFromSmiles(smiles)
    if molecule is None:
        raise ValueError(f"RDKit cannot read the SMILES {smiles!r}.")
    return MurckoScaffoldSmiles(mol=molecule, includeChirality=False)
