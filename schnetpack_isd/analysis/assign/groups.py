"""Groups of sites with the same spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

__all__ = ["group_sites"]

TOLERANCE = 0.05
"""Largest difference within a group: area between two spectra, relative to the mean area of the site spectra."""


def group_sites(spectra: ArrayLike, tolerance: float = TOLERANCE) -> list[NDArray[np.int64]]:
    """Group sites whose isotropic spectra are the same.

    Sites that are equivalent by symmetry have the same spectrum, since the network is invariant. This holds for
    molecules, ions and crystals alike, needs no bonds, and keeps sites apart that only a bond graph takes for
    equivalent, such as the two ortho carbons of a conformer. Groups come from complete linkage, so that no two of their
    sites differ by more than the tolerance.

    Args:
        spectra: (n_sites, n_energies) isotropic spectra, on an axis with equal steps.
        tolerance: area between two spectra, relative to the mean area of all; 0 keeps every site by itself.

    Returns:
        (n_members,) indices of the sites of each group, ascending, in the order of their first sites.
    """
    spectra = np.asarray(spectra, dtype=np.float64)
    if len(spectra) < 2 or tolerance == 0:
        return [np.array([site]) for site in range(len(spectra))]
    differences = pdist(spectra, "cityblock") / np.abs(spectra).sum(axis=1).mean()
    labels = fcluster(linkage(differences, "complete"), tolerance, "distance")
    first = dict.fromkeys(labels.tolist())
    return [np.flatnonzero(labels == label) for label in first]
