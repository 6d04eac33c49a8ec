"""Molecular spectra from those of sites."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["isotropic_from_unique_sites", "molecular_spectrum"]


def molecular_spectrum(sites: ArrayLike) -> NDArray:
    """Sum over all absorbing atoms.

    Args:
        sites: (n_sites, ..., n_energies) site spectra of all absorbing atoms, along any directions.

    Returns:
        (..., n_energies) molecular spectra.
    """
    return np.sum(sites, axis=0)


def isotropic_from_unique_sites(sites: ArrayLike, multiplicity: ArrayLike) -> NDArray:
    r"""Isotropic molecular spectrum :math:`\sum_n m_n S_n(E)` from the symmetry-unique sites.

    For a given direction there is no such sum: equivalent sites see different directions.

    Args:
        sites: (n_sites, n_energies) isotropic spectra of the unique sites.
        multiplicity: (n_sites,) number of equivalent atoms of each.

    Returns:
        (n_energies,) molecular spectrum.

    Raises:
        ValueError: there are not as many multiplicities as sites, or spectra have directions.
    """
    sites, multiplicity = np.asarray(sites), np.asarray(multiplicity)
    if sites.ndim != 2 or multiplicity.shape != sites.shape[:1]:
        raise ValueError(
            f"Isotropic spectra (n_sites, n_energies) and multiplicities (n_sites,) were expected, not of shape "
            f"{sites.shape} and {multiplicity.shape}."
        )
    return multiplicity @ sites
