"""The bundled spectra."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from schnetpack.data import ASEAtomsData

from schnetpack_isd.datasets import SAMPLE_STICKS, CKSample, sample_settings
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.spectra import Broadening


def test_they_are_those_that_their_readme_describes(sample_db: str) -> None:
    dataset = ASEAtomsData(sample_db)
    metadata = DatabaseMetadata.read(dataset)
    assert (len(dataset), metadata.n_sites, metadata.elements) == (685, 2406, ("C", "F", "H", "N", "O"))
    with h5py.File(SAMPLE_STICKS) as file:
        assert metadata.level_of_theory == file.attrs["level_of_theory"]
        assert metadata.experimental_axis == file.attrs["experimental_axis"]
        assert {"functional", "basis", "continuum_basis", "software"} <= set(file.attrs)


def test_their_settings_are_those_of_the_configuration() -> None:
    settings = sample_settings()
    np.testing.assert_allclose(settings.energies, np.linspace(289.0, 314.0, 320))
    assert (settings.tensor, settings.scale) == (True, "mean")
    assert settings.broadening == Broadening.ramp(0.3, -4.5, 0.12, 2.0, relative_to_threshold=True)


def test_they_are_the_default_of_their_data_module(sample_db: str) -> None:
    module = CKSample(sample_db, 16, split_file=None, num_workers=0)
    module.prepare_data()
    module.setup()
    assert len(module.dataset) == 685


def test_files_of_your_own_come_in_pairs(sample_db: str) -> None:
    with pytest.raises(ValueError, match="Give both `spectra` and `structures`"):
        CKSample(sample_db, 16, spectra="mine.hdf5")
