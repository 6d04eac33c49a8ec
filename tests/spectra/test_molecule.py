"""Molecular spectra from spectra of sites."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.directions import about_axis
from schnetpack_isd.spectra import (
    isotropic_from_unique_sites,
)


def tensor_spectra(tensors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Exact spectra (n_directions, n_energies) of tensors (n_energies, 3, 3)."""
    return np.einsum("da,eab,db->de", directions, tensors, directions)


def test_unique_sites_make_isotropic_molecular_spectra_only() -> None:
    """Benzene-like: a site tensor turned by 60 degrees six times."""
    half = np.random.default_rng(2).standard_normal((5, 3, 3))
    tensors = half @ half.transpose(0, 2, 1)
    turns = [about_axis([0, 0, 1], [a, a + 90]) for a in range(0, 360, 60)]
    turns = np.array([np.vstack([turn, [0, 0, 1]]).T for turn in turns])
    sites = np.einsum("tab,ebc,tdc->tead", turns, tensors, turns)
    isotropic = np.trace(sites, axis1=2, axis2=3) / 3
    np.testing.assert_allclose(isotropic_from_unique_sites(isotropic[:1], [6]), isotropic.sum(axis=0), rtol=1e-12)
    along_x = np.array([tensor_spectra(site, np.eye(3)[:1])[0] for site in sites])
    assert np.abs(6 * along_x[0] - along_x.sum(axis=0)).max() > 0.1 * along_x.max()
    with pytest.raises(ValueError, match=r"\(n_sites, n_energies\)"):
        isotropic_from_unique_sites(sites[:, :, 0], [6] * 6)
