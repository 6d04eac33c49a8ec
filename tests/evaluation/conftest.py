"""A model on the axis and scale of the bundled spectra, and its evaluation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from schnetpack.data import ASEAtomsData
from schnetpack.model import NeuralNetworkPotential
from support.evaluation import ROWS
from support.models import members_like

from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.datasets import SAMPLE_STICKS, SAMPLE_STRUCTURES
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.evaluation import Evaluation, evaluate
from schnetpack_isd.metadata import DatabaseMetadata


@pytest.fixture(scope="session")
def without_tensors(tmp_path_factory: pytest.TempPathFactory, sample_settings: SpectrumSettings) -> str:
    """The bundled spectra without tensors."""
    datapath = tmp_path_factory.mktemp("plain") / "plain.db"
    settings = replace(sample_settings, tensor=False)
    convert_spectra(SAMPLE_STICKS, SAMPLE_STRUCTURES, datapath, settings, progress=False)
    return str(datapath)


@pytest.fixture
def head(sample_db: str) -> dict:
    """Arguments of a head for the axis and the scale of the bundled spectra."""
    metadata = DatabaseMetadata.read(ASEAtomsData(sample_db))
    return {"n_out": None, "energies": metadata.settings.energies, "intensity_scale": metadata.intensity_scale}


@pytest.fixture
def model(make_model: Callable[..., NeuralNetworkPotential], head: dict) -> NeuralNetworkPotential:
    """A small model with random weights."""
    return make_model(head=head).float()


@pytest.fixture
def tensor_model(make_tensor_model: Callable[..., NeuralNetworkPotential], head: dict) -> NeuralNetworkPotential:
    """A small model with random weights that predicts tensors."""
    return make_tensor_model(head={**head, "n_basis": 128}).float()


@pytest.fixture
def evaluation(model: NeuralNetworkPotential, sample_db: str) -> Evaluation:
    """Spectra along x, y and z of the sites of a few molecules."""
    return evaluate(model, sample_db, ROWS, progress=False)


@pytest.fixture
def ensemble(model: NeuralNetworkPotential) -> SpectrumEnsemble:
    """Three models like `model`, which know the elements of the bundled spectra."""
    model.output_modules[0].elements = ["C", "F", "H", "N", "O"]
    return SpectrumEnsemble(members_like(model))


@pytest.fixture
def tensor_ensemble(
    make_tensor_model: Callable[..., NeuralNetworkPotential], head: dict, sample_settings: SpectrumSettings
) -> SpectrumEnsemble:
    """Three models that predict tensors and ionisation thresholds."""
    broadening = str(sample_settings.broadening)
    model = make_tensor_model(head={**head, "n_basis": 128, "basis_broadening": broadening}).float()
    model.output_modules[0].elements = ["C", "F", "H", "N", "O"]
    return SpectrumEnsemble(members_like(model))
