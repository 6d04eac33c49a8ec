"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from schnetpack.atomistic import PairwiseDistances
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import GaussianRBF
from support.authors import REFERENCE
from support.models import AXIS, CUTOFF, CUTOFF_FUNCTIONS, N_ENERGIES, N_FEATURES, members_like

from schnetpack_isd.atomistic import Directions, SiteSpectrum, SpectrumTensor
from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.datasets import SAMPLE_STICKS, SAMPLE_STRUCTURES
from schnetpack_isd.datasets import sample_settings as settings_of_the_sample
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN, TensorISDPaiNN
from schnetpack_isd.testing.authors_network import Reference, reference

ELEMENTS = ["C", "Cl", "F", "H", "N", "O", "Si"]
"""Elements that small models know."""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SchNetPack leaves lock files where it runs."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def make_model() -> Callable[..., NeuralNetworkPotential]:
    """A small model in float64 with random weights; arguments go to the representation and to the head."""

    def make(head: dict | None = None, kind: type[ISDPaiNN] = ISDPaiNN, **arguments: object) -> NeuralNetworkPotential:
        torch.manual_seed(0)
        representation = kind(N_FEATURES, 2, GaussianRBF(8, CUTOFF), CUTOFF_FUNCTIONS[kind](CUTOFF), **arguments)
        if kind is TensorISDPaiNN:
            defaults = {"n_out": N_ENERGIES, "n_basis": N_ENERGIES, "n_matrix_in": representation.n_matrix_basis}
            output = SpectrumTensor(N_FEATURES, **{**defaults, **(head or {})})
        else:
            output = SiteSpectrum(N_FEATURES, **{"n_out": N_ENERGIES, **(head or {})})
        model = NeuralNetworkPotential(representation, [PairwiseDistances(), Directions()], [output])
        return model.double().eval()

    return make


@pytest.fixture
def make_tensor_model(make_model: Callable) -> Callable[..., NeuralNetworkPotential]:
    """As `make_model`, of a model that predicts tensors."""
    return partial(make_model, kind=TensorISDPaiNN)


@pytest.fixture(params=["ISDPaiNN", "OCPISDPaiNN"])
def make_either_model(make_model: Callable, request: pytest.FixtureRequest) -> Callable[..., NeuralNetworkPotential]:
    """As `make_model`, of one representation and of the other."""
    if request.param == "ISDPaiNN":
        return make_model
    return partial(make_model, kind=OCPISDPaiNN, n_elements=14)


@pytest.fixture
def spectrum_model(make_model: Callable[..., NeuralNetworkPotential]) -> NeuralNetworkPotential:
    """A small model that knows its energy axis, intensity scale and elements."""
    model = make_model(head={"energies": AXIS, "intensity_scale": 0.25})
    model.output_modules[0].elements = ELEMENTS
    return model


@pytest.fixture
def tensor_model(make_tensor_model: Callable[..., NeuralNetworkPotential]) -> NeuralNetworkPotential:
    """As `spectrum_model`, of a model that predicts tensors and ionisation thresholds."""
    widths = "threshold-2:0.5 threshold+4:1.0"
    model = make_tensor_model(head={"energies": AXIS, "intensity_scale": 0.25, "basis_broadening": widths})
    model.output_modules[0].elements = ELEMENTS
    with torch.no_grad():
        for parameter in model.output_modules[0].parameters():
            parameter *= 3.0
        model.output_modules[0].isotropic[-1].bias += 8.0  # the smallest eigenvalues are plausible
    return model


@pytest.fixture(params=["spectrum_model", "tensor_model"])
def either_model(request: pytest.FixtureRequest) -> NeuralNetworkPotential:
    """`spectrum_model`, and `tensor_model`."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def spectrum_ensemble(spectrum_model: NeuralNetworkPotential) -> SpectrumEnsemble:
    """Three models like `spectrum_model`."""
    return SpectrumEnsemble(members_like(spectrum_model))


@pytest.fixture
def tensor_ensemble(tensor_model: NeuralNetworkPotential) -> SpectrumEnsemble:
    """Three models like `tensor_model`."""
    return SpectrumEnsemble(members_like(tensor_model))


@pytest.fixture(params=["spectrum_ensemble", "tensor_ensemble"])
def either_ensemble(request: pytest.FixtureRequest) -> SpectrumEnsemble:
    """`spectrum_ensemble`, and `tensor_ensemble`."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def positive_ensemble(make_tensor_model: Callable[..., NeuralNetworkPotential]) -> SpectrumEnsemble:
    """Three models whose tensors are positive without a projection, on one energy basis."""
    model = make_tensor_model(head={"energies": AXIS, "intensity_scale": 0.25})
    model.output_modules[0].elements = ELEMENTS
    with torch.no_grad():
        model.output_modules[0].isotropic[-1].bias += 20.0
    return SpectrumEnsemble(members_like(model))


@pytest.fixture(scope="session")
def sample_settings() -> SpectrumSettings:
    """The settings of `experiment=isd_ck_edge_sample`."""
    return settings_of_the_sample()


@pytest.fixture(scope="session")
def sample_db(tmp_path_factory: pytest.TempPathFactory, sample_settings: SpectrumSettings) -> str:
    """The bundled spectra, converted once."""
    datapath = tmp_path_factory.mktemp("sample") / "sample.db"
    convert_spectra(SAMPLE_STICKS, SAMPLE_STRUCTURES, datapath, sample_settings, progress=False)
    return str(datapath)


@pytest.fixture
def theirs() -> Reference:
    """Outputs of the authors' code for the paper's network with one output layer."""
    return reference(REFERENCE, "symmetric_1out")
