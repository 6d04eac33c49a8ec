"""SchNetPack's output modules beside the spectrum head."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from schnetpack.atomistic import Atomwise, DipoleMoment, PairwiseDistances
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import CosineCutoff, GaussianRBF
from schnetpack.representation import PaiNN
from support.models import AXIS, CUTOFF, N_FEATURES
from support.structures import make_batch, random_molecule

from schnetpack_isd.atomistic import Directions, PerDirection, SiteSpectrum
from schnetpack_isd.models import load_spectrum_model

DIRECTIONS = np.array([[0.0, 0.0, 1.0], [1.0, 2.0, 0.5], [-1.0, 0.3, 0.0]])
HEADS = {
    "energy": lambda: Atomwise(N_FEATURES, output_key="energy"),
    "dipole_moment": lambda: DipoleMoment(N_FEATURES, use_vector_representation=True),
    "charges": lambda: Atomwise(N_FEATURES, aggregation_mode=None, per_atom_output_key="charges", output_key="charges"),
}


def with_head(make_model: Callable, module: torch.nn.Module) -> NeuralNetworkPotential:
    representation = make_model().representation
    spectrum = SiteSpectrum(N_FEATURES, energies=AXIS, intensity_scale=1.0)
    modules = [spectrum, module]
    return NeuralNetworkPotential(representation, [PairwiseDistances(), Directions()], modules).double().eval()


@pytest.mark.parametrize("name", HEADS)
def test_each_direction_has_the_value_of_a_model_with_this_direction_alone(make_model: Callable, name: str) -> None:
    torch.manual_seed(1)
    model = with_head(make_model, PerDirection(HEADS[name]()))
    atoms = [random_molecule(1), random_molecule(2, n_atoms=5)]
    with torch.no_grad():
        together = model(make_batch(atoms, DIRECTIONS))[name]
        for number, direction in enumerate(DIRECTIONS):
            alone = model(make_batch(atoms, direction[None]))[name]
            torch.testing.assert_close(together[:, number], alone[:, 0], rtol=1e-10, atol=1e-12)
    assert together.shape[1] == 3


def test_the_average_has_no_direction_axis(make_model: Callable) -> None:
    torch.manual_seed(1)
    model = with_head(make_model, PerDirection(HEADS["energy"](), average=True))
    batch = make_batch([random_molecule(1), random_molecule(2)], DIRECTIONS)
    with torch.no_grad():
        mean = model(dict(batch))["energy"]
        model.output_modules[1].average = False
        each = model(dict(batch))["energy"]
    torch.testing.assert_close(mean, each.mean(dim=1), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_misreads_the_directions_is_refused(make_model: Callable, name: str) -> None:
    with pytest.raises(ValueError, match=r"expects features without a direction axis.*PerDirection\("):
        with_head(make_model, HEADS[name]())


def test_a_model_that_was_built_elsewhere_is_checked_when_it_is_loaded(make_model: Callable) -> None:
    model = with_head(make_model, PerDirection(HEADS["energy"]()))
    assert load_spectrum_model(model).module is model
    model.output_modules[1] = HEADS["energy"]()
    with pytest.raises(ValueError, match=r"PerDirection\(Atomwise"):
        load_spectrum_model(model)


def test_models_without_directions_take_any_head() -> None:
    painn = PaiNN(N_FEATURES, 1, GaussianRBF(8, CUTOFF), CosineCutoff(CUTOFF))
    NeuralNetworkPotential(painn, [PairwiseDistances()], [HEADS["energy"]()])
