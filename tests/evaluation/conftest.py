"""A model on the axis and scale of the bundled spectra."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from schnetpack.data import ASEAtomsData
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.metadata import DatabaseMetadata


@pytest.fixture
def model(make_model: Callable[..., NeuralNetworkPotential], sample_db: str) -> NeuralNetworkPotential:
    """A small model with random weights."""
    metadata = DatabaseMetadata.read(ASEAtomsData(sample_db))
    head = {"n_out": None, "energies": metadata.settings.energies, "intensity_scale": metadata.intensity_scale}
    return make_model(head=head).float()
