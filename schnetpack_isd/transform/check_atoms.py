"""Checks of structures that prediction, conversion and training share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import schnetpack.properties as structure
import torch
from ase import Atoms

from .cell import MINIMUM_DISTANCE
from .neighborlist import MoleculeNeighborList

__all__ = ["check_atoms", "check_ordered"]

DISORDERED = (
    "the structure is disordered; keep the atoms of one ordered arrangement, and delete the occupancies from the file "
    "or the `Atoms`"
)


def check_atoms(atoms: Atoms) -> None:
    """Check that a structure is one that can exist.

    Raises:
        ValueError: a coordinate is not finite, a site is occupied in part, two atoms are closer than
            :data:`~schnetpack_isd.transform.cell.MINIMUM_DISTANCE`, or the structure is periodic along a vector that is
            zero or too short.
    """
    if not (np.isfinite(atoms.positions).all() and np.isfinite(atoms.cell.array).all()):
        raise ValueError("a coordinate is not finite")
    check_ordered(atoms)
    MoleculeNeighborList(cutoff=MINIMUM_DISTANCE).forward(
        {
            structure.Z: torch.from_numpy(atoms.numbers),
            structure.R: torch.from_numpy(atoms.positions),
            structure.cell: torch.from_numpy(atoms.cell.array),
            structure.pbc: torch.from_numpy(atoms.pbc),
        }
    )


def check_ordered(atoms: Atoms) -> None:
    """Check that each site is occupied by one whole atom.

    ASE keeps occupancies in ``atoms.info["occupancy"]`` (CIF), and in arrays (PDB and other formats).

    Raises:
        ValueError: a site is occupied in part or by several elements.
    """
    kinds = atoms.info.get("occupancy")
    for site, elements in kinds.items() if isinstance(kinds, Mapping) else ():
        if list(elements.values()) != [1.0]:
            shares = ", ".join(f"{symbol} {share:g}" for symbol, share in elements.items())
            raise ValueError(f"site {site} is occupied by {shares} (`atoms.info['occupancy']`), so {DISORDERED}")
    for name in ("occupancy", "occupancies"):
        occupancies = atoms.arrays.get(name, np.zeros(0))  # zeros throughout mean that they are not recorded
        if np.any(occupancies) and np.any(partial := occupancies != 1):
            atom = int(np.argmax(partial))
            where = f"atom {atom} ({atoms.symbols[atom]}) has the occupancy {occupancies[atom]:g}"
            raise ValueError(f"{where} (`atoms.arrays['{name}']`), so {DISORDERED}")
