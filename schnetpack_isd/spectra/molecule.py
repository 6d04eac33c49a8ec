"""Molecular spectra from spectra of sites."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["isotropic_from_unique_sites"]


def isotropic_from_unique_sites(sites: ArrayLike, multiplicity: ArrayLike) -> NDArray:
    r"""Return the isotropic molecular spectrum :math:`\sum_n m_n S_n(E)` from symmetry-unique sites.

    There is no such sum for a direction, because equivalent sites see different directions.

    Args:
        sites: (n_sites, n_energies) isotropic spectra of the unique sites.
        multiplicity: (n_sites,) number of equivalent atoms of each.

    Returns:
        (n_energies,) molecular spectrum.

    Raises:
        ValueError: the numbers of multiplicities and sites differ, or the spectra have directions.
    """
    sites, multiplicity = np.asarray(sites), np.asarray(multiplicity)
    if sites.ndim != 2 or multiplicity.shape != sites.shape[:1]:
        raise ValueError(
            f"Isotropic spectra (n_sites, n_energies) and multiplicities (n_sites,) were expected, not of shape "
            f"{sites.shape} and {multiplicity.shape}."
        )
    return multiplicity @ sites
