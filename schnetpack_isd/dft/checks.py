"""Checks of structures before a calculation."""

from __future__ import annotations

from ase import Atoms

from schnetpack_isd.transform import check_atoms

from .recipe import ABSORBERS, NEIGHBORS

__all__ = ["check_molecule", "check_site"]


def check_molecule(atoms: Atoms, charge: int = 0) -> None:
    """Check that a structure can be calculated.

    Raises:
        ValueError: it cannot exist, is periodic, has an element without a basis, or an odd number of electrons.
    """
    check_atoms(atoms)
    if atoms.pbc.any():
        raise ValueError("the structure is periodic; only molecules can be calculated")
    if unknown := sorted(set(atoms.symbols) - set(NEIGHBORS)):
        raise ValueError(f"there is no basis for {', '.join(unknown)}; known elements are {', '.join(NEIGHBORS)}")
    n_electrons = int(atoms.numbers.sum()) - charge
    if n_electrons % 2:
        raise ValueError(
            f"the number of electrons is odd ({n_electrons}, with a charge of {charge:+d}); only closed shells can be "
            "calculated"
        )


def check_site(atoms: Atoms, atom: int) -> None:
    """Check that an atom can be excited.

    Raises:
        ValueError: there is no such atom, or its element has no core basis.
    """
    if not 0 <= atom < len(atoms):
        raise ValueError(f"there is no atom {atom}; the structure has the atoms 0 to {len(atoms) - 1}")
    if atoms.symbols[atom] not in ABSORBERS:
        raise ValueError(f"atom {atom} is {atoms.symbols[atom]}; only {', '.join(ABSORBERS)} atoms can be excited")
