"""Geometries of molecules from SMILES."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from ase import Atoms
from ase.optimize import BFGS
from scipy.spatial.transform import Rotation

from schnetpack_isd.utils.rdkit import import_rdkit

__all__ = ["force_field_structure", "structure_from_smiles"]

LARGEST_FORCE = 0.01
"""Force in eV/Å below which a geometry is relaxed."""

MOST_STEPS = 500


def structure_from_smiles(smiles: str, seed: int = 0) -> Atoms:
    """Make the geometry of a molecule: RDKit's ETKDG and MMFF94, then GFN2-xTB.

    The orientation is random, but the same for the same SMILES, so that x, y and z mean nothing to a model.

    Args:
        smiles: the molecule.
        seed: seed of the first geometry; others can lead to other conformers.

    Returns:
        The structure, centred. Its `info` has the `smiles` and the `charge`.

    Raises:
        ImportError: RDKit or tblite is not installed.
        ValueError: the SMILES is invalid, has several molecules or unpaired electrons, or has no geometry.
    """
    try:
        from tblite.ase import TBLite
    except ImportError as error:
        raise ImportError(f"Geometries from SMILES need tblite ({error}): pip install 'schnetpack-isd[dft]'") from error
    atoms = force_field_structure(smiles, seed)
    atoms.calc = TBLite(method="GFN2-xTB", charge=atoms.info["charge"], verbosity=0)
    if not BFGS(atoms, logfile=None).run(fmax=LARGEST_FORCE, steps=MOST_STEPS):
        raise ValueError(f"The geometry of {smiles} is not relaxed after {MOST_STEPS} steps of GFN2-xTB.")
    atoms.calc = None
    number = int.from_bytes(hashlib.sha256(smiles.encode()).digest()[:8], "big")
    rotation = Rotation.random(rng=np.random.default_rng(number))
    atoms.positions = rotation.apply(atoms.positions - atoms.positions.mean(axis=0))
    return atoms


def force_field_structure(smiles: str, seed: int = 0) -> Atoms:
    """Make the geometry of a molecule by RDKit's ETKDG and MMFF94: quicker, and less accurate.

    Args:
        smiles: the molecule.
        seed: seed of the first geometry.

    Returns:
        The structure. Its `info` has the `smiles` and the `charge`.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: the SMILES is invalid, has several molecules or unpaired electrons, or has no geometry.
    """
    chem = import_rdkit("geometries from SMILES")
    molecule = _embed(chem, smiles, seed)
    numbers = [atom.GetAtomicNum() for atom in molecule.GetAtoms()]
    info = {"smiles": smiles, "charge": chem.GetFormalCharge(molecule)}
    return Atoms(numbers, molecule.GetConformer().GetPositions(), info=info)


def _embed(chem: Any, smiles: str, seed: int) -> Any:
    """Return an RDKit molecule with hydrogen atoms and a geometry."""
    from rdkit.Chem import Descriptors, rdDistGeom, rdForceFieldHelpers

    molecule = chem.MolFromSmiles(smiles)
    if molecule is None:
        raise ValueError(f"{smiles} is not a valid SMILES.")
    if len(chem.GetMolFrags(molecule)) > 1:
        raise ValueError(f"{smiles} has several molecules; give structures of complexes in a file.")
    if Descriptors.NumRadicalElectrons(molecule):
        raise ValueError(f"{smiles} has unpaired electrons; only closed shells can be calculated.")
    molecule = chem.AddHs(molecule)
    if rdDistGeom.EmbedMolecule(molecule, randomSeed=seed) and rdDistGeom.EmbedMolecule(
        molecule, randomSeed=seed, useRandomCoords=True
    ):
        raise ValueError(f"RDKit finds no geometry of {smiles}; give a structure in a file.")
    rdForceFieldHelpers.MMFFOptimizeMolecule(molecule, maxIters=2000)
    return molecule
