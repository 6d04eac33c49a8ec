"""A model on the axis and scale of the bundled spectra, and its evaluation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from schnetpack.data import ASEAtomsData
from schnetpack.model import NeuralNetworkPotential
from support.evaluation import ROWS

from schnetpack_isd.evaluation import Evaluation, evaluate
from schnetpack_isd.metadata import DatabaseMetadata


@pytest.fixture
def model(make_model: Callable[..., NeuralNetworkPotential], sample_db: str) -> NeuralNetworkPotential:
    """A small model with random weights."""
    metadata = DatabaseMetadata.read(ASEAtomsData(sample_db))
    head = {"n_out": None, "energies": metadata.settings.energies, "intensity_scale": metadata.intensity_scale}
    return make_model(head=head).float()


@pytest.fixture
def evaluation(model: NeuralNetworkPotential, sample_db: str) -> Evaluation:
    """Spectra along x, y and z of the sites of a few molecules."""
    return evaluate(model, sample_db, ROWS, progress=False)
