"""Predicted spectra of a structure."""

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
        molecular_spectrum: (n_directions, n_energies) sum of the site spectra over all absorbing atoms.
        isotropic_spectrum: (n_sites, n_energies) site spectra averaged over all directions; None unless requested.
        isotropic_error: (n_sites,) estimated errors of the quadrature, see
            :func:`~schnetpack_isd.spectra.powder_average`; not the errors of the model.
        isotropic_molecular_spectrum: (n_energies,) sum of the isotropic site spectra.
        isotropic_molecular_error: estimated error of the quadrature of that sum.
        limits: lowest and highest intensity of all site spectra that were predicted, in units of the intensity scale;
            those of the directions of the average are among them.
        is_plausible: False for intensities that no absorption spectrum has, far below zero or very large.
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
    limits: tuple[float, float] = (0.0, 0.0)
    is_plausible: bool = True
