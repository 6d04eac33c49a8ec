"""The one door for models."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from schnetpack.atomistic import Atomwise
from schnetpack.model import NeuralNetworkPotential
from schnetpack.utils import load_model
from support.models import N_FEATURES, members_like

from schnetpack_isd.atomistic import PerDirection, SiteSpectrum
from schnetpack_isd.ensemble import SpectrumEnsemble, Uncertainty
from schnetpack_isd.models import load_ensemble, load_spectrum_model, save_model


@pytest.fixture
def saved(tmp_path: Path, spectrum_model: NeuralNetworkPotential) -> Path:
    """A file with the small model."""
    save_model(spectrum_model, tmp_path / "best_model")
    return tmp_path / "best_model"


def test_a_file_gives_the_model_that_was_saved(saved: Path, spectrum_model: NeuralNetworkPotential) -> None:
    found = load_spectrum_model(saved).module.state_dict()
    torch.testing.assert_close(found, spectrum_model.state_dict(), rtol=0, atol=0)


def test_a_model_from_a_file_knows_its_origin(saved: Path) -> None:
    model = load_spectrum_model("best_model")
    assert (model.name, model.path) == ("best_model", Path("best_model"))
    assert model.sha256 == hashlib.sha256(saved.read_bytes()).hexdigest()


def test_a_model_in_memory_is_used_as_given(spectrum_model: NeuralNetworkPotential) -> None:
    model = load_spectrum_model(spectrum_model)
    assert model.module is spectrum_model
    assert (model.name, model.path, model.sha256) == ("in memory", None, None)


def test_a_loaded_model_is_not_loaded_again(saved: Path) -> None:
    model = load_spectrum_model(saved)
    saved.unlink()
    assert load_spectrum_model(model).module is model.module


def test_the_head_is_the_module_that_predicts_spectra(spectrum_model: NeuralNetworkPotential) -> None:
    head = load_spectrum_model(spectrum_model).head
    assert isinstance(head, SiteSpectrum)
    assert head is spectrum_model.output_modules[0]


def test_a_file_takes_precedence_over_published_weights_of_its_name(saved: Path) -> None:
    saved.rename("random_split")
    assert load_spectrum_model("random_split").path == Path("random_split")


def test_an_unknown_name_lists_the_published_ones() -> None:
    with pytest.raises(FileNotFoundError, match=r"random_splat: no such file, .*random_split, scaffold_split, wo_SM"):
        load_spectrum_model("random_splat")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="is a folder; give the file in it"):
        load_spectrum_model(tmp_path)


def test_a_file_that_is_not_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a model")
    with pytest.raises(ValueError, match=r"notes\.txt: not a model that can be loaded .*`spkisd import-weights`"):
        load_spectrum_model("notes.txt")


def test_a_model_of_a_diverged_training_is_refused(saved: Path, spectrum_model: NeuralNetworkPotential) -> None:
    torch.nn.init.constant_(spectrum_model.output_modules[0].outnet[-1].bias, torch.nan)
    save_model(spectrum_model, saved, overwrite=True)
    with pytest.raises(
        ValueError, match=r"best_model has weights that are not finite \(.*bias\): its training diverged"
    ):
        load_spectrum_model("best_model")


def test_a_model_without_spectra_is_refused(spectrum_model: NeuralNetworkPotential) -> None:
    model = NeuralNetworkPotential(spectrum_model.representation, output_modules=[PerDirection(Atomwise(N_FEATURES))])
    with pytest.raises(ValueError, match="in memory: The model predicts no spectrum"):
        load_spectrum_model(model)


def test_a_device_is_checked_before_the_model(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="device nowhere cannot be used"):
        load_spectrum_model(tmp_path / "none", device="nowhere")


def test_schnetpack_reads_a_saved_model(saved: Path) -> None:
    assert isinstance(load_model(str(saved)), NeuralNetworkPotential)


def test_an_existing_file_is_kept_unless_it_may_be_replaced(saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(FileExistsError, match="best_model exists"):
        save_model(torch.nn.Linear(1, 1), saved)
    assert saved.read_bytes() == before
    save_model(torch.nn.Linear(1, 1), saved, overwrite=True)
    assert saved.read_bytes() != before


def test_models_are_combined(saved: Path, spectrum_model: NeuralNetworkPotential) -> None:
    other = members_like(spectrum_model, 1)[0]
    ensemble = load_ensemble([saved, other])
    torch.testing.assert_close(ensemble.members[0].state_dict(), spectrum_model.state_dict(), rtol=0, atol=0)
    assert ensemble.members[1] is other
    assert ensemble.uncertainty is ensemble.neighborhood is None


def test_an_ensemble_stands_for_its_members(spectrum_ensemble: SpectrumEnsemble) -> None:
    one, *others = spectrum_ensemble.members
    save_model(SpectrumEnsemble(others, Uncertainty({0.5: 1.0, 0.6827: 2.0})), "others.safetensors")
    found = load_ensemble([one, "others.safetensors"])
    assert found.uncertainty is None
    for member, expected in zip(found.members, spectrum_ensemble.members, strict=True):
        torch.testing.assert_close(list(member.parameters()), list(expected.parameters()), check_dtype=False)


def test_a_model_that_is_given_twice_is_named(saved: Path, spectrum_model: NeuralNetworkPotential) -> None:
    other = members_like(spectrum_model, 1)[0]
    with pytest.raises(ValueError, match=r"^member 3 has the same weights as .*best_model: a model twice"):
        load_ensemble([saved, other, spectrum_model])


@pytest.mark.parametrize(("in_memory", "name"), [(True, "member 2"), (False, "other_model")])
def test_a_model_that_does_not_fit_the_others_is_named(
    saved: Path, spectrum_model: NeuralNetworkPotential, in_memory: bool, name: str
) -> None:
    spectrum_model.output_modules[0].intensity_scale *= 2
    save_model(spectrum_model, "other_model")
    with pytest.raises(ValueError, match=rf"^{name} has the intensity scale 0\.5, .*best_model has 0\.25"):
        load_ensemble([saved, spectrum_model if in_memory else "other_model"])


def test_an_ensemble_needs_models(saved: Path) -> None:
    with pytest.raises(ValueError, match="needs at least two models, not 1"):
        load_ensemble([saved])
    with pytest.raises(FileNotFoundError, match="none: no such file"):
        load_ensemble([saved, "none"])


def test_an_ensemble_says_where_its_deviations_come_from(
    spectrum_ensemble: SpectrumEnsemble, spectrum_model: NeuralNetworkPotential
) -> None:
    assert load_spectrum_model(spectrum_model).uncertainty is None
    text = "one standard deviation of an ensemble of 3 models"
    assert load_spectrum_model(spectrum_ensemble).uncertainty == f"{text}, not calibrated"
    spectrum_ensemble.uncertainty = Uncertainty({0.5: 1.0, 0.6827: 2.0}, None, "12 sites")
    model = load_spectrum_model(spectrum_ensemble)
    assert model.uncertainty == f"{text}, calibrated on 12 sites"
    assert model.interval_factors == {0.5: 0.5, 0.6827: 1.0}


def test_an_ensemble_was_trained_on_the_molecules_of_its_members(spectrum_ensemble: SpectrumEnsemble) -> None:
    heads = [member.output_modules[0] for member in spectrum_ensemble.members]
    for number, head in enumerate(heads):
        head.training_ids = [1, 2 + number]
    assert load_spectrum_model(spectrum_ensemble).training_ids == {1, 2, 3, 4}
    heads[1].training_ids = None
    assert load_spectrum_model(spectrum_ensemble).training_ids is None


def test_members_have_numbers(spectrum_ensemble: SpectrumEnsemble, spectrum_model: NeuralNetworkPotential) -> None:
    model = load_spectrum_model(spectrum_ensemble)
    assert model.member(2).module is spectrum_ensemble.members[2]
    assert model.member(2).name == "in memory, member 2"
    with pytest.raises(ValueError, match="in memory has no member 3; its members are 0 to 2"):
        model.member(3)
    assert load_spectrum_model(spectrum_model).member(0).module is spectrum_model
