"""Kohn-Sham calculations with half a core hole (transition potential), with PySCF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from pyscf import dft, gto

from .recipe import Recipe

__all__ = ["ConvergenceError", "converge"]

CORE_OCCUPATION = 1.5
"""Electrons in the excited 1s orbital."""

CYCLES = (80, 150)
"""Largest number of cycles of the first attempt, and of the second, which is damped."""

DAMPING = 0.3
"""Level shift in hartree and damping of the second attempt."""


class ConvergenceError(ValueError):
    """A calculation is not self-consistent."""


def converge(atoms: Atoms, atom: int, recipe: Recipe, charge: int = 0, memory: float | None = None) -> dft.rks.RKS:
    """Find the orbitals of a molecule with half a 1s electron missing on one atom.

    All other heavy atoms have pseudopotentials, so the lowest orbital is the 1s orbital of the excited atom.

    Args:
        atoms: structure.
        atom: index of the excited atom.
        recipe: level of theory.
        charge: charge of the molecule before the excitation, in units of the elementary charge.
        memory: memory that PySCF should use, in MB.

    Returns:
        PySCF's calculation, converged.

    Raises:
        ConvergenceError: neither attempt converged.
        ValueError: the functional is no generalised-gradient one.
    """
    if dft.libxc.xc_type(recipe.functional) != "GGA" or dft.libxc.is_hybrid_xc(recipe.functional):
        raise ValueError(f"{recipe.functional} is not a generalised-gradient functional without exact exchange")
    molecule = build_molecule(atoms, atom, recipe, charge, memory)
    calculation = dft.RKS(molecule, xc=recipe.functional).density_fit(auxbasis="weigend")
    calculation.with_df.build()  # PySCF would compute the three-centre integrals again in each cycle
    calculation.grids.atom_grid = recipe.grid
    calculation._numint = CachedOrbitals()
    calculation.conv_tol, calculation.max_cycle = recipe.tolerance, CYCLES[0]
    n_occupied, hamiltonian = molecule.nelectron // 2, calculation.get_hcore()
    calculation.get_occ = lambda energies, _=None: occupations(energies, n_occupied)
    calculation.get_hcore = lambda *_: hamiltonian
    calculation.kernel()
    if not calculation.converged:
        calculation.level_shift = calculation.damp = DAMPING
        calculation.max_cycle = CYCLES[1]
        calculation.kernel(calculation.make_rdm1())
    if not calculation.converged:
        raise ConvergenceError(f"not converged after {sum(CYCLES)} cycles")
    return calculation


def build_molecule(atoms: Atoms, atom: int, recipe: Recipe, charge: int, memory: float | None) -> gto.Mole:
    """Return PySCF's molecule: all electrons of the excited atom, pseudopotentials for the other heavy atoms."""
    names = [f"{symbol}{number}" for number, symbol in enumerate(atoms.symbols)]
    basis, pseudopotentials = {}, {}
    for number, (name, symbol) in enumerate(zip(names, atoms.symbols, strict=True)):
        if number == atom:
            basis[name] = gto.basis.load(recipe.core_basis, symbol)
        elif symbol == "H":
            basis[name] = gto.basis.load(recipe.hydrogen_basis, symbol)
        else:
            basis[name] = gto.basis.load(recipe.valence_basis, symbol)
            pseudopotentials[name] = gto.basis.load_ecp(recipe.pseudopotential, symbol)
    return gto.M(
        atom=list(zip(names, atoms.positions.tolist(), strict=True)),
        basis=basis,
        ecp=pseudopotentials,
        charge=charge,
        unit="Angstrom",
        max_memory=memory,
        verbose=0,
    )


def occupations(energies: NDArray, n_occupied: int) -> NDArray:
    """Return the occupations of orbitals: two electrons in the lowest, fewer in the very lowest, 1s."""
    order = np.argsort(energies)
    occupied = np.zeros_like(energies)
    occupied[order[:n_occupied]] = 2.0
    occupied[order[0]] = CORE_OCCUPATION
    return occupied


class CachedOrbitals(dft.numint.NumInt):
    """Numerical integration that keeps the values of the basis functions on the grid, if they fit the memory.

    PySCF computes them again in each cycle.
    """

    def block_loop(
        self, mol: gto.Mole, grids: dft.Grids, nao: int | None = None, deriv: int = 0, *args: Any, **kwargs: Any
    ) -> Iterator:
        """Iterate over blocks of grid points, see PySCF's `NumInt.block_loop`."""
        n_components = (deriv + 1) * (deriv + 2) * (deriv + 3) // 6
        needed = 8e-6 * n_components * len(grids.weights) * mol.nao
        if needed > mol.max_memory / 2:
            yield from super().block_loop(mol, grids, nao, deriv, *args, **kwargs)
            return
        kept = self.__dict__.setdefault("_kept", {})
        if deriv not in kept:
            blocks = super().block_loop(mol, grids, nao, deriv, *args, **kwargs)
            kept[deriv] = [(np.array(values), mask, weights, points) for values, mask, weights, points in blocks]
        yield from kept[deriv]
