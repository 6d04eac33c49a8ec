"""Spectrum of one site."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.units import Hartree

from schnetpack_isd.data.sources import StickSpectrum

from .checks import check_molecule, check_site
from .recipe import RECIPE, Recipe

__all__ = ["calculate_site"]


def calculate_site(
    atoms: Atoms,
    atom: int,
    multiplicity: int = 1,
    charge: int = 0,
    recipe: Recipe = RECIPE,
    memory: float | None = None,
) -> StickSpectrum:
    """Calculate the transitions from the 1s orbital of an atom, in the transition-potential approximation.

    The half-empty 1s orbital and each empty orbital f make a line at the difference of their energies, with the
    transition dipole <1s|r|f>. The orbitals are those of the self-consistent potential in a second, larger basis.

    Args:
        atoms: a molecule with closed shells.
        atom: index of the atom.
        multiplicity: number of equivalent atoms that the site stands for; it is recorded.
        charge: charge of the molecule in units of the elementary charge.
        recipe: level of theory.
        memory: memory that PySCF should use, in MB; PySCF's default (4000) if None.

    Returns:
        The lines, up to `recipe.above_threshold`, with transition dipoles in bohr and the ionisation threshold in eV.

    Raises:
        ConvergenceError: the calculation does not converge (a ValueError).
        ImportError: PySCF is not installed.
        ValueError: the structure or the atom is not one that can be calculated.

    References:
        Triguero, Pettersson and Ågren, Phys. Rev. B 1998, 58, 8097, doi:10.1103/PhysRevB.58.8097 (transition
        potential, second basis).
    """
    check_molecule(atoms, charge)
    check_site(atoms, atom)
    try:
        from .continuum import orbitals_in_second_basis
        from .transition_potential import converge
    except ImportError as error:
        raise ImportError(f"Calculations need PySCF ({error}): pip install 'schnetpack-isd[dft]'") from error
    calculation = converge(atoms, atom, recipe, charge, memory)
    energies, moments = orbitals_in_second_basis(calculation, atom, recipe)
    energies = energies * Hartree
    first = calculation.mol.nelectron // 2
    final = slice(first, int(np.searchsorted(energies, recipe.above_threshold)))
    lines = energies[final] - energies[0]
    return StickSpectrum(
        atom=atom,
        multiplicity=multiplicity,
        excitation_energy=float(lines[0]),
        ionization_energy=float(-energies[0]),
        energies=lines,
        dsf=moments[final] ** 2,
        dipoles=moments[final],
    )
