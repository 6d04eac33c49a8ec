"""Predictions for structures in memory."""

from __future__ import annotations

import itertools
import tracemalloc
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.prediction import SpectrumPredictor

quiet = pytest.mark.filterwarnings("ignore:.*implausible intensities:UserWarning")  # of untrained models


def test_a_model_without_a_record_of_its_elements_gives_a_warning(spectrum_model: NeuralNetworkPotential) -> None:
    spectrum_model.output_modules[0].elements = None
    with pytest.warns(UserWarning, match="does not record its training elements"):
        SpectrumPredictor(spectrum_model)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch size must be at least 1"),
        ({"intensity": "loud"}, 'must be "normalised" or "raw"'),
        ({"energy_shift": np.nan}, "finite number of eV"),
        ({"device": "nowhere"}, "nowhere"),
    ],
)
def test_invalid_arguments_are_refused(spectrum_model: NeuralNetworkPotential, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpectrumPredictor(spectrum_model, **arguments)


def test_constructing_a_predictor_changes_nothing_in_the_process(
    spectrum_model: NeuralNetworkPotential, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[object] = []
    monkeypatch.setattr("schnetpack_isd.prediction.predictor.keep_freed_memory", lambda: called.append(1))
    n_threads = torch.get_num_threads()
    SpectrumPredictor(spectrum_model)
    assert (called, torch.get_num_threads()) == ([], n_threads)


@quiet
@pytest.mark.parametrize(
    ("atoms", "message"),
    [
        (molecule("H2O"), r"Structure 1 \(H2O\) contains no C atom; the model predicts spectra of C only"),
        (molecule("CS2"), r"Structure 1 \(CS2\) contains S; the model was trained on C, Cl, F, H, N, O, Si only"),
        (Atoms("CH", [(0, 0, 0), (0, 0, np.nan)]), r"Structure 1 \(CH\) has positions or a cell that are not finite"),
        (Atoms("CHH", np.zeros((3, 3))), r"Structure 1 \(CH2\) has spectra that are not finite"),
    ],
)
def test_a_structure_that_cannot_be_predicted_is_named(
    spectrum_model: NeuralNetworkPotential, atoms: Atoms, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        list(SpectrumPredictor(spectrum_model).predict([molecule("CH4"), atoms, molecule("C2H6")]))


def test_a_request_for_nothing_is_refused_at_once(spectrum_model: NeuralNetworkPotential) -> None:
    with pytest.raises(ValueError, match="Nothing to predict"):
        SpectrumPredictor(spectrum_model).predict(molecule("CH4"), directions=[])


@quiet
def test_memory_does_not_grow_with_the_number_of_frames(spectrum_model: NeuralNetworkPotential) -> None:
    predictor = SpectrumPredictor(spectrum_model.float())

    def peak(n_frames: int) -> int:
        frames: Iterator[Atoms] = (molecule("CH4") for _ in range(n_frames))
        tracemalloc.start()
        for _ in predictor.predict(frames):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(64)
    assert peak(1600) < 1.3 * peak(320)


def test_negative_intensities_give_one_warning(spectrum_model: NeuralNetworkPotential) -> None:
    predictor = SpectrumPredictor(spectrum_model)
    frames = [molecule("CH4"), molecule("C2H6"), molecule("C6H6")]
    with pytest.warns(UserWarning, match=r"Structure 0 \(CH4\) has .*implausible intensities, from -\d") as told:
        list(itertools.chain(predictor.predict(frames), predictor.predict(frames)))
    assert len(told) == 1


@pytest.mark.parametrize("intensity", ["normalised", "raw"])
def test_very_large_intensities_give_a_warning(spectrum_model: NeuralNetworkPotential, intensity: str) -> None:
    torch.nn.init.constant_(spectrum_model.output_modules[0].outnet[-1].bias, 1000.0)
    with pytest.warns(UserWarning, match=r"from 1e\+03 to 1e\+03 in units of the intensity scale"):
        list(SpectrumPredictor(spectrum_model, intensity=intensity).predict(molecule("CH4")))


def test_positive_intensities_give_no_warning(spectrum_model: NeuralNetworkPotential) -> None:
    torch.nn.init.constant_(spectrum_model.output_modules[0].outnet[-1].bias, 50.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        list(SpectrumPredictor(spectrum_model).predict([molecule("CH4"), molecule("C6H6")]))
