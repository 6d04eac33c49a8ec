"""What is predicted for a structure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["StructureSpectra"]


@dataclass(frozen=True)
class StructureSpectra:
    """Spectra of the absorbing atoms of a structure.

    Attributes:
        energies: (n_energies,) axis in eV.
        site_atom: (n_sites,) index of each absorbing atom, from 0.
        direction: (n_directions, 3) unit vectors.
        spectrum: (n_sites, n_directions, n_energies) site spectra along the directions.
        isotropic_spectrum: (n_sites, n_energies) means over all directions; None where not asked for.
        isotropic_error: (n_sites,) their estimated errors, see :func:`~schnetpack_isd.analysis.powder_average`.
        molecular_spectrum: (n_directions, n_energies) sum over all absorbing atoms.
        isotropic_molecular_spectrum: (n_energies,) the same of the isotropic spectra.
        isotropic_molecular_error: () its estimated error.
    """

    energies: NDArray
    site_atom: NDArray[np.int64]
    direction: NDArray
    spectrum: NDArray
    molecular_spectrum: NDArray
    isotropic_spectrum: NDArray | None = None
    isotropic_error: NDArray | None = None
    isotropic_molecular_spectrum: NDArray | None = None
    isotropic_molecular_error: float | None = None

    def negative_part(self) -> float:
        """Lowest intensity of the sites below zero, relative to the one that is largest in magnitude; from 0 to 1."""
        spectra = self.spectrum if self.spectrum.size else self.isotropic_spectrum
        lowest, highest = float(spectra.min()), float(spectra.max())
        return max(0.0, -lowest) / (max(highest, -lowest) or 1.0)
