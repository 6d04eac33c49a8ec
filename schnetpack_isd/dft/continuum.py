"""Orbitals of a converged potential in a larger basis, which describes the continuum."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from pyscf import df, dft, gto, lib

from .recipe import Recipe

__all__ = ["orbitals_in_second_basis"]

SMALLEST_OVERLAP = 1e-7
"""Eigenvalue of the overlap matrix below which combinations of basis functions are left out."""

AUXILIARY_SHELLS = 64
"""Number of auxiliary shells whose three-centre integrals are in memory at a time."""


def orbitals_in_second_basis(calculation: dft.rks.RKS, atom: int, recipe: Recipe) -> tuple[NDArray, NDArray]:
    """Diagonalise the Kohn-Sham matrix of a calculation in its basis and the functions of the second one.

    The self-consistent calculation is not repeated: the potential is that of its own basis, as in the double-basis
    technique of the program StoBe.

    Args:
        calculation: converged calculation.
        atom: index of the atom at which the second basis is centred.
        recipe: level of theory.

    Returns:
        Energies (n,) in hartree, ascending, and dipole moments (n, 3) in bohr between the lowest orbital and each.
    """
    molecule = calculation.mol
    center = molecule.atom_coord(atom)
    name = f"X-{molecule.atom_pure_symbol(atom)}"
    functions = recipe.continuum_functions(molecule.atom_pure_symbol(atom))
    ghost = gto.M(atom=[[name, center]], basis={name: functions}, unit="Bohr", verbose=0, spin=None)
    both = molecule + ghost
    fock, overlap = _matrices(calculation, ghost, both)
    values, vectors = scipy.linalg.eigh(overlap)
    kept = values > SMALLEST_OVERLAP
    orthogonal = vectors[:, kept] / np.sqrt(values[kept])
    energies, rotation = scipy.linalg.eigh(orthogonal.T @ fock @ orthogonal)
    orbitals = orthogonal @ rotation
    moments = np.einsum("xpq,p,qf->fx", both.intor("int1e_r"), orbitals[:, 0], orbitals)
    return energies, moments


def _matrices(calculation: dft.rks.RKS, ghost: gto.Mole, both: gto.Mole) -> tuple[NDArray, NDArray]:
    """Return the Kohn-Sham and the overlap matrix in both bases."""
    molecule, n = calculation.mol, calculation.mol.nao
    density = calculation.make_rdm1()
    fock, overlap = np.zeros((2, both.nao, both.nao))
    fock[:n, :n] = calculation.get_hcore() + calculation.get_veff(molecule, density)
    overlap[:n, :n] = calculation.get_ovlp()
    shells = (molecule.nbas, both.nbas, 0, both.nbas)
    overlap[n:] = both.intor("int1e_ovlp", shls_slice=shells)
    fock[n:] = both.intor("int1e_kin", shls_slice=shells) + both.intor("int1e_nuc", shls_slice=shells)
    if molecule.has_ecp():
        fock[n:] += both.intor("ECPscalar", shls_slice=shells)
    fock[n:] += _coulomb(calculation, density, both, shells)
    fock[n:] += _exchange_correlation(calculation, density, ghost)
    for matrix in (fock, overlap):
        matrix[:n, n:] = matrix[n:, :n].T
    return fock, overlap


def _coulomb(calculation: dft.rks.RKS, density: NDArray, both: gto.Mole, shells: tuple[int, int, int, int]) -> NDArray:
    """Return the rows of the second basis of the Coulomb matrix of the fitted density."""
    auxiliary = calculation.with_df.auxmol
    packed = lib.pack_tril(density + density.T - np.diag(density.diagonal()))
    fitted = np.concatenate([integrals @ packed for integrals in calculation.with_df.loop()])
    metric = scipy.linalg.cholesky(auxiliary.intor("int2c2e"), lower=True)
    coefficients = scipy.linalg.solve_triangular(metric, fitted, lower=True, trans=1)
    coulomb, ends = 0.0, auxiliary.ao_loc
    for start in range(0, auxiliary.nbas, AUXILIARY_SHELLS):
        stop = min(start + AUXILIARY_SHELLS, auxiliary.nbas)
        integrals = df.incore.aux_e2(both, auxiliary, "int3c2e", aosym="s1", shls_slice=(*shells, start, stop))
        coulomb = coulomb + integrals @ coefficients[ends[start] : ends[stop]]
    return np.asarray(coulomb)


def _exchange_correlation(calculation: dft.rks.RKS, density: NDArray, ghost: gto.Mole) -> NDArray:
    """Return the rows of the second basis of the exchange-correlation matrix (GGA)."""
    integrator, molecule = calculation._numint, calculation.mol
    n, rows = molecule.nao, 0.0
    for values, mask, weights, points in integrator.block_loop(molecule, calculation.grids, n, 1):
        rho = integrator.eval_rho(molecule, values, density, mask, "GGA", hermi=1)
        potential = integrator.eval_xc_eff(calculation.xc, rho, deriv=1)[1] * weights
        potential[0] *= 0.5
        extra = ghost.eval_gto("GTOval_sph_deriv1", points)
        every = np.concatenate([np.asarray(values), extra], axis=2)
        weighted = np.einsum("cg,cgp->gp", potential, every)
        rows = rows + weighted[:, n:].T @ every[0] + extra[0].T @ weighted
    return np.asarray(rows)
