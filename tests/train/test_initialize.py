"""Trainings that start from the weights of another one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from schnetpack.model import NeuralNetworkPotential
from support.models import AXIS
from support.structures import make_batch, random_molecule

from schnetpack_isd.models import SpectrumModel
from schnetpack_isd.train.initialize import initialize_from

DIRECTIONS = np.array([[0.0, 0.0, 1.0], [1.0, 2.0, 0.5]])


@pytest.fixture
def source(spectrum_model: NeuralNetworkPotential) -> SpectrumModel:
    return SpectrumModel(spectrum_model, "source", None)


def raw_spectra(model: NeuralNetworkPotential) -> torch.Tensor:
    """Intensities in the unit of the data."""
    with torch.no_grad():
        return model(make_batch(random_molecule(1), DIRECTIONS))["spectrum"] * model.output_modules[0].intensity_scale


def other_model(make_model: Callable, **changes: object) -> NeuralNetworkPotential:
    model = make_model(head={"energies": AXIS, "intensity_scale": 2.0, **changes})
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model


def test_intensities_in_the_unit_of_the_data_are_those_of_the_source(
    make_model: Callable, source: SpectrumModel
) -> None:
    model = other_model(make_model)
    initialize_from(model, source)
    assert model.output_modules[0].intensity_scale == 2.0
    torch.testing.assert_close(raw_spectra(model), raw_spectra(source.module), rtol=1e-6, atol=1e-9)


def test_intensities_of_tensors_are_those_of_the_source(
    make_tensor_model: Callable, tensor_model: NeuralNetworkPotential
) -> None:
    model = other_model(make_tensor_model)
    initialize_from(model, SpectrumModel(tensor_model, "source", None))
    torch.testing.assert_close(raw_spectra(model), raw_spectra(tensor_model), rtol=1e-6, atol=1e-9)


def test_another_broadening_is_told(make_model: Callable, source: SpectrumModel) -> None:
    model = other_model(make_model)
    model.output_modules[0].broadening, source.head.broadening = "0.3", "0.5"
    with pytest.warns(UserWarning, match=r"The data has the broadening 0\.3 \(eV\), that of source had 0\.5"):
        initialize_from(model, source)


def test_on_another_axis_the_last_layer_is_new(make_model: Callable, source: SpectrumModel) -> None:
    model = other_model(make_model, energies=AXIS + 1.0)
    before = model.output_modules[0].outnet[-1].weight.clone()
    with pytest.warns(UserWarning, match="another energy axis than source; the last layers"):
        initialize_from(model, source)
    torch.testing.assert_close(model.output_modules[0].outnet[-1].weight, before)
    theirs = source.module.representation.state_dict()
    torch.testing.assert_close(model.representation.state_dict(), theirs, rtol=0, atol=0)
    np.testing.assert_allclose(model.output_modules[0].energies, AXIS + 1.0)


def test_the_elements_of_both_data_sets_are_known(make_model: Callable, source: SpectrumModel) -> None:
    model = other_model(make_model)
    model.output_modules[0].elements = ["B", "C"]
    initialize_from(model, source)
    assert model.output_modules[0].elements == ["B", "C", "Cl", "F", "H", "N", "O", "Si"]


def test_a_model_of_another_size_is_refused(make_model: Callable, source: SpectrumModel) -> None:
    model = make_model(head={"energies": AXIS, "intensity_scale": 2.0}, shared_interactions=True, shared_filters=True)
    with pytest.raises(ValueError, match=r"source has .* for `representation\.filter_net.*\(model\.representation"):
        initialize_from(model, source)
