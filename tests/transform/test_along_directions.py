"""Spectra along other directions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData

from schnetpack_isd.spectra.tensor import project
from schnetpack_isd.transform import RandomDirections


def test_random_directions_have_their_exact_spectra(sample_db: str) -> None:
    dataset = ASEAtomsData(sample_db, transforms=[RandomDirections(n_directions=4, seed=3)])
    plain = ASEAtomsData(sample_db)[8]
    row = dataset[8]
    assert row["direction"].shape == (1, 4, 3)
    expected = project(plain["spectrum_tensor"].numpy(), row["direction"][0])
    np.testing.assert_allclose(row["spectrum"], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(project(plain["spectrum_tensor"].numpy(), np.eye(3)), plain["spectrum"], atol=1e-5)
    torch.testing.assert_close(dataset[8]["direction"], row["direction"])
    assert not torch.equal(dataset[9]["direction"], row["direction"])
    dataset.transforms[0].set_epoch(1)
    assert not torch.equal(dataset[8]["direction"], row["direction"])


def test_a_database_without_tensors_has_no_random_directions() -> None:
    with pytest.raises(KeyError, match="tensor: true"):
        RandomDirections()({"_idx": torch.tensor([0]), "spectrum": torch.zeros(1, 3, 7)})
