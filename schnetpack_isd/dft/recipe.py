"""Settings of the calculations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase.data import atomic_numbers

from schnetpack_isd.spectra.experimental_axis import ExperimentalAxis

__all__ = ["ABSORBERS", "NEIGHBORS", "RECIPE", "Recipe"]

NAMES = {"C": "carbon", "N": "nitrogen", "O": "oxygen", "F": "fluorine"}

ABSORBERS = tuple(NAMES)
"""Elements whose 1s electron can be excited."""

NEIGHBORS = ("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl")
"""Elements that a structure can have."""

CARBON = 6


@dataclass(frozen=True)
class Recipe:
    """Level of theory of a calculation.

    Attributes:
        functional: exchange-correlation functional, a generalised-gradient one.
        core_basis: basis of the excited atom.
        valence_basis: basis of the other atoms but hydrogen.
        pseudopotential: effective core potential of the other atoms but hydrogen. It keeps the core hole where it is.
        hydrogen_basis: basis of hydrogen.
        grid: number of radial and angular points at each atom.
        tolerance: change of the energy in hartree at which the calculation is converged.
        continuum: even-tempered functions of the second basis at the excited atom: angular momentum, smallest and
            largest exponent in 1/bohr² for carbon, and their number. The largest exponents of another element are
            scaled by the square of its nuclear charge.
        above_threshold: energy in eV above the ionisation threshold up to which lines are kept.
    """

    functional: str = "PBE"
    core_basis: str = "aug-cc-pwCVDZ"
    valence_basis: str = "ccECP-cc-pVDZ"
    pseudopotential: str = "ccECP"
    hydrogen_basis: str = "def2-SVP"
    grid: tuple[int, int] = (30, 110)
    tolerance: float = 1e-7
    continuum: tuple[tuple[int, float, float, int], ...] = (
        (0, 0.006, 4.0, 8),
        (1, 0.003, 12.0, 20),
        (2, 0.006, 5.0, 10),
    )
    above_threshold: float = 25.0

    def continuum_functions(self, element: str) -> list[list]:
        """Return the functions of the second basis in PySCF's format."""
        scale = (atomic_numbers[element] / CARBON) ** 2
        return [
            [momentum, [float(exponent), 1.0]]
            for momentum, low, high, number in self.continuum
            for exponent in np.geomspace(low, high * scale, number)
        ]

    def describe(self, element: str = "C") -> dict[str, str]:
        """Return the provenance of the spectra of an element for a file; `level_of_theory` is a summary."""
        excited = f"the excited {NAMES[element]}"
        functions = ", ".join(
            f"{number} {'spdf'[momentum]} with exponents {low:g} to {high:g}"
            for momentum, low, high, number in self.continuum
        )
        bases = f"{self.valence_basis} on other heavy atoms, {self.hydrogen_basis} on H"
        provenance = {
            "level_of_theory": (
                f"{self.functional} transition potential (half a core hole); {self.core_basis} and a second basis for "
                f"the continuum on {excited}, {bases}; PySCF"
            ),
            "functional": (
                f"{self.functional}, density fitting with the Weigend auxiliary basis, grid of {self.grid[0]} radial "
                f"and {self.grid[1]} angular points, converged to {self.tolerance:g} hartree"
            ),
            "core_hole": f"transition potential: half a 1s electron removed from {excited}",
            "basis": f"{self.core_basis} on {excited}, {self.pseudopotential} with {bases}",
            "continuum_basis": (
                f"orbitals of the converged potential, with even-tempered functions more on {excited}: {functions}"
                " (largest exponents for carbon)"
            ),
            "ionization_energy": "minus the energy of the half-empty 1s orbital",
            "highest_line": f"{self.above_threshold:g} eV above the ionisation threshold",
        }
        if element == "C" and self == RECIPE:
            provenance["experimental_axis"] = str(CARBON_AXIS)
        return provenance


RECIPE = Recipe()
"""The settings of the bundled spectra."""

CARBON_AXIS = ExperimentalAxis(shift=-7.4, uncertainty=0.2, threshold_shift=-6.65, threshold_uncertainty=0.21)
"""Measured minus calculated energies of carbon with these settings, see ``benchmarks/energy_axis.py``."""
