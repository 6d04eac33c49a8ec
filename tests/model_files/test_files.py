"""Files of models."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from schnetpack.atomistic import Atomwise, PairwiseDistances
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import GaussianRBF, MollifierCutoff, shifted_softplus
from support.models import AXIS, CUTOFF, N_FEATURES, members_like
from support.structures import make_batch, random_molecule

from schnetpack_isd.atomistic import Directions, PerDirection, SiteSpectrum
from schnetpack_isd.ensemble import NeighborhoodScore, SpectrumEnsemble, Uncertainty
from schnetpack_isd.model_files import model_to_dict
from schnetpack_isd.models import load_spectrum_model, save_model
from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN, TensorISDPaiNN

DIRECTIONS = np.array([[0.0, 0.0, 1.0], [1.0, 2.0, 0.5]])
RECORD = {
    "elements": ["C", "H"],
    "broadening": "294.0:0.3 308.0:2.0",
    "level_of_theory": "PBE",
    "sources": {"a": "b"},
    "training_ids": [1, 7],
}
VARIANTS = {
    "ISDPaiNN": {},
    "ablation": {"symmetric_message": False, "directional_embedding": False},
    "shared": {"shared_interactions": True, "shared_filters": True, "epsilon": 1e-6},
    "other functions": {"activation": shifted_softplus},
    "OCPISDPaiNN": {"kind": OCPISDPaiNN, "n_elements": 14, "max_neighbors": 50},
    "TensorISDPaiNN": {"kind": TensorISDPaiNN},
    "shared tensors": {
        "kind": TensorISDPaiNN,
        "shared_interactions": True,
        "shared_filters": True,
        "epsilon": 1e-6,
        "n_matrix_basis": 5,
    },
}


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple:
        return os.mkdir, ("hacked",)


UNCERTAINTY = Uncertainty({0.5: 0.7, 0.6827: 1.1, 0.9: 1 / 3}, {0.6827: 2.5}, "12 sites of 5 structures")


@pytest.fixture
def calibrated(either_ensemble: SpectrumEnsemble) -> SpectrumEnsemble:
    """An ensemble that knows everything, in float64."""
    score = NeighborhoodScore(["C", "H"], CUTOFF - 1).double()
    torch.nn.init.normal_(score.whitening)
    score.limit.fill_(0.7)
    either_ensemble.uncertainty, either_ensemble.neighborhood = UNCERTAINTY, score
    return either_ensemble


def predictions(model: torch.nn.Module, dtype: torch.dtype = torch.float64) -> dict[str, torch.Tensor]:
    inputs = make_batch(random_molecule(1), DIRECTIONS)
    cast = {key: values.to(dtype) if values.is_floating_point() else values for key, values in inputs.items()}
    with torch.no_grad():
        return model(cast)


def spectra(model: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return model(make_batch(random_molecule(1), DIRECTIONS))["spectrum"]


@pytest.mark.parametrize("name", ["model.safetensors", "best_model"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_model_is_built_again(make_model: Callable, variant: str, name: str) -> None:
    is_tensor = VARIANTS[variant].get("kind") is TensorISDPaiNN
    widths = "threshold-2:0.5 threshold+4:1.0"
    tensor_layers = {"n_basis": 5, "dropout": 0.2, "basis_broadening": widths}
    layers = tensor_layers if is_tensor else {"n_hidden": 9, "n_layers": 3, "dropout": 0.3}
    head = {"energies": AXIS, "intensity_scale": 0.25, "aggregation_mode": "sum", **layers}
    model = make_model(head=head, **VARIANTS[variant])
    for key, value in RECORD.items():
        setattr(model.output_modules[0], key, value)
    save_model(model, name)
    found = load_spectrum_model(name)
    assert found.module is not model
    torch.testing.assert_close(spectra(found.module), spectra(model), rtol=0, atol=0)
    assert model_to_dict(found.module) == model_to_dict(model)
    assert {key: getattr(found.head, key) for key in RECORD} == RECORD
    assert found.head.model_outputs == model.output_modules[0].model_outputs


def test_a_best_model_has_a_safe_file_beside_it_which_is_preferred(spectrum_model: NeuralNetworkPotential) -> None:
    save_model(spectrum_model, "best_model")
    assert {path.name for path in Path().iterdir()} == {"best_model", "best_model.safetensors"}
    save_model(spectrum_model, "other")
    torch.nn.init.zeros_(spectrum_model.output_modules[0].outnet[-1].weight)
    torch.save(spectrum_model, "other")  # by SchNetPack: the file beside it is of another model
    assert spectra(load_spectrum_model("best_model").module).std() > 0
    assert load_spectrum_model("other").head.outnet[-1].weight.abs().max() == 0


def test_a_model_that_only_a_pickle_can_hold_has_none(make_model: Callable) -> None:
    modules = [SiteSpectrum(N_FEATURES, energies=AXIS, intensity_scale=1.0), PerDirection(Atomwise(N_FEATURES))]
    model = NeuralNetworkPotential(make_model().representation, [PairwiseDistances(), Directions()], modules)
    save_model(model, "best_model")
    assert [path.name for path in Path().iterdir()] == ["best_model"]
    assert isinstance(load_spectrum_model("best_model").module.output_modules[1], PerDirection)
    with pytest.raises(ValueError, match="PerDirection is not among the modules that can be described"):
        save_model(model, "model.safetensors")
    assert not Path("model.safetensors").exists()


def test_other_cutoff_functions_are_described(spectrum_model: NeuralNetworkPotential) -> None:
    representation = ISDPaiNN(N_FEATURES, 1, GaussianRBF(8, CUTOFF, start=0.5, trainable=True), MollifierCutoff(CUTOFF))
    model = NeuralNetworkPotential(representation, [PairwiseDistances(), Directions()], spectrum_model.output_modules)
    save_model(model.double(), "model.safetensors")
    torch.testing.assert_close(spectra(load_spectrum_model("model.safetensors").module), spectra(model))


@pytest.mark.parametrize("kind", ["whole", "module"])
def test_code_in_a_pickle_is_refused_before_it_runs(spectrum_model: NeuralNetworkPotential, kind: str) -> None:
    spectrum_model.extra = Evil()
    torch.save(spectrum_model if kind == "module" else Evil(), "best_model")
    with pytest.raises(ValueError, match=r"posix\.mkdir, which is no module .*could run code.*`--trust`"):
        load_spectrum_model("best_model")
    assert not Path("hacked").exists()
    if kind == "module":
        load_spectrum_model("best_model", trust=True)
        assert Path("hacked").exists()


def test_code_beside_a_model_in_the_old_format_is_refused() -> None:
    torch.save(Evil(), "best_model", _use_new_zipfile_serialization=False)
    with pytest.raises(ValueError, match=r"not an archive of torch\.save"):
        load_spectrum_model("best_model")
    assert not Path("hacked").exists()


def test_an_archive_that_unpacks_to_much_more_is_refused() -> None:
    with zipfile.ZipFile("best_model", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("best_model/data.pkl", bytes(64 << 20))
    with pytest.raises(ValueError, match=r"bytes unpack to 67,108,864; models are not compressed"):
        load_spectrum_model("best_model")


@pytest.mark.parametrize("damage", ["truncated", "class", "weights"])
def test_a_damaged_safe_file_is_named(spectrum_model: NeuralNetworkPotential, damage: str) -> None:
    save_model(spectrum_model, "model.safetensors")
    content = Path("model.safetensors").read_bytes()
    changes = {"class": (b"CosineCutoff", b"CosineCutofd"), "weights": (b"shared_filters", b"shared_filterz")}
    content = content[: len(content) // 2] if damage == "truncated" else content.replace(*changes[damage])
    Path("model.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.safetensors: not a model that can be loaded"):
        load_spectrum_model("model.safetensors")


@pytest.mark.parametrize("name", ["model.safetensors", "best_model", "pickle alone"])
def test_an_ensemble_is_built_again(calibrated: SpectrumEnsemble, name: str) -> None:
    save_model(calibrated, name)
    Path("pickle alone.safetensors").unlink(missing_ok=True)
    found = load_spectrum_model(name).module
    assert isinstance(found, SpectrumEnsemble)
    assert found.uncertainty == UNCERTAINTY
    assert model_to_dict(found) == model_to_dict(calibrated)
    torch.testing.assert_close(predictions(found), predictions(calibrated), rtol=0, atol=0)


def test_half_precision_needs_half_the_space(calibrated: SpectrumEnsemble) -> None:
    save_model(calibrated.float(), "full.safetensors")
    save_model(calibrated, "half.safetensors", half_precision=True)
    assert Path("half.safetensors").stat().st_size < 0.7 * Path("full.safetensors").stat().st_size
    found = load_spectrum_model("half.safetensors").module
    assert found.uncertainty == UNCERTAINTY
    assert {parameter.dtype for parameter in [*found.parameters(), *calibrated.parameters()]} == {torch.float32}
    one, other = (predictions(model, torch.float32) for model in (found, calibrated))
    highest = other["spectrum"].abs().max().item()
    torch.testing.assert_close(one["spectrum"], other["spectrum"], rtol=0, atol=5e-3 * highest)
    torch.testing.assert_close(one["extrapolation_score"], other["extrapolation_score"])  # in full precision


def test_only_safe_files_have_half_precision(spectrum_model: NeuralNetworkPotential) -> None:
    with pytest.raises(ValueError, match=r"best_model: only files that end in \.safetensors can have half precision"):
        save_model(spectrum_model, "best_model", half_precision=True)
    assert not list(Path().iterdir())


def test_an_ensemble_whose_description_lacks_a_member_is_named(calibrated: SpectrumEnsemble) -> None:
    save_model(calibrated, "model.safetensors")
    with safe_open("model.safetensors", "pt") as file:
        metadata, weights = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    description = json.loads(metadata["model"])
    for n_members, message in ((2, "has other weights than its description says"), (1, "needs at least two models")):
        description["members"] = description["members"][:n_members]
        save_file(weights, "model.safetensors", {**metadata, "model": json.dumps(description)})
        with pytest.raises(ValueError, match=rf"model\.safetensors: not a model that can be loaded.*{message}"):
            load_spectrum_model("model.safetensors")


def test_a_truncated_ensemble_is_named(calibrated: SpectrumEnsemble) -> None:
    save_model(calibrated, "model.safetensors")
    content = Path("model.safetensors").read_bytes()
    Path("model.safetensors").write_bytes(content[:-100])
    with pytest.raises(ValueError, match=r"model\.safetensors: not a model that can be loaded"):
        load_spectrum_model("model.safetensors")


def test_an_ensemble_of_models_that_cannot_be_described_is_refused(make_model: Callable) -> None:
    modules = [SiteSpectrum(N_FEATURES, energies=AXIS, intensity_scale=1.0), PerDirection(Atomwise(N_FEATURES))]
    model = NeuralNetworkPotential(make_model().representation, [PairwiseDistances(), Directions()], modules)
    with pytest.raises(ValueError, match="PerDirection is not among the modules that can be described"):
        save_model(SpectrumEnsemble(members_like(model)), "model.safetensors")
