"""Greedy choice of uncertain and different structures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

__all__ = ["CORRELATION_LENGTH", "SitePool", "choose"]

CORRELATION_LENGTH = 0.15
"""Distance of neighbourhoods at which the correlation of errors falls to 1/e, in units of the limit of
:class:`~schnetpack_isd.ensemble.NeighborhoodScore`. `benchmarks/error_correlation.py` measures it for the members of
the bundled ensemble."""


@dataclass(frozen=True)
class SitePool:
    """Sites of the structures to choose from.

    Attributes:
        structure: (n_sites,) ascending number of the structure of each site, from 0; every structure has a site.
        std: (n_sites,) standard deviations of their spectra.
        coordinates: (n_sites, n_features) points whose distances are those of the neighbourhoods.
    """

    structure: NDArray[np.int64]
    std: NDArray
    coordinates: NDArray


def choose(sites: SitePool, number: int) -> Iterator[tuple[int, float]]:
    r"""Choose structures, each time the most uncertain one in the light of those that are already chosen.

    The score of a structure is the root mean square over its sites of

    .. math:: s_a \sqrt{1 - \max_b \rho_{ab}^2}, \qquad \rho_{ab} = e^{-d_{ab} / \ell},

    where b are the sites of all chosen structures. It is the standard deviation that is left of a Gaussian process with
    the standard deviations :math:`s_a` and the correlations :math:`\rho_{ab}` when its value at the nearest chosen site
    is known. With equal :math:`s_a`, it is the farthest-point rule for k centres.

    Args:
        sites: the structures.
        number: number of structures to choose, no more than there are.

    Yields:
        Number and score of each chosen structure, in order. Scores never increase.

    References:
        Gonzalez, Theor. Comput. Sci. 1985, 38, 293, doi:10.1016/0304-3975(85)90224-5 (farthest points);
        Rasmussen and Williams, Gaussian Processes for Machine Learning, MIT Press 2006, eqn (2.26) (the variance that
        is left).
    """
    n_sites = np.bincount(sites.structure)
    variance, known = np.square(sites.std, dtype=np.float64), np.zeros(len(sites.std))
    is_chosen = np.zeros(len(n_sites), dtype=bool)
    for _ in range(number):
        left = np.bincount(sites.structure, variance * (1 - known)) / n_sites
        best = int(np.argmax(np.where(is_chosen, -1.0, left)))
        yield best, float(np.sqrt(left[best]))
        is_chosen[best] = True
        distance = cdist(sites.coordinates, sites.coordinates[sites.structure == best]).min(axis=1)
        known = np.maximum(known, np.exp(-2 * distance / CORRELATION_LENGTH))
