"""Molecular spectra from spectra of sites."""

from __future__ import annotations

import numpy as np
import pytest
from support.spectra import random_tensors, rotations_about_z, tensor_spectra

from schnetpack_isd.spectra import isotropic_from_unique_sites


@pytest.fixture
def sites() -> np.ndarray:
    """Tensors (6, n_energies, 3, 3) of equivalent sites, as in benzene: one tensor in steps of 60 degrees."""
    turns = rotations_about_z(np.arange(0, 360, 60))
    return np.einsum("tab,ebc,tdc->tead", turns, random_tensors(seed=2), turns)


def test_isotropic_spectra_of_unique_sites_are_enough(sites: np.ndarray) -> None:
    isotropic = np.trace(sites, axis1=2, axis2=3) / 3
    np.testing.assert_allclose(isotropic_from_unique_sites(isotropic[:1], [6]), isotropic.sum(axis=0), rtol=1e-12)


def test_spectra_along_a_direction_are_not(sites: np.ndarray) -> None:
    along_x = np.array([tensor_spectra(site, np.eye(3)[:1])[0] for site in sites])
    assert np.abs(isotropic_from_unique_sites(along_x[:1], [6]) - along_x.sum(axis=0)).max() > 0.1 * along_x.max()


@pytest.mark.parametrize(("shape", "n_multiplicities"), [((6, 3, 5), 6), ((6, 5), 5)])
def test_other_shapes_are_refused(shape: tuple[int, ...], n_multiplicities: int) -> None:
    with pytest.raises(ValueError, match=r"\(n_sites, n_energies\)"):
        isotropic_from_unique_sites(np.ones(shape), [1] * n_multiplicities)
