"""Predictions for structures in memory."""

from __future__ import annotations

import itertools
import tracemalloc
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import graphene, molecule, nanotube
from schnetpack.model import NeuralNetworkPotential
from support.models import CUTOFF, N_ENERGIES
from support.structures import random_molecule, random_rotation

from schnetpack_isd.ensemble import NeighborhoodScore, SpectrumEnsemble
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.prediction.structure_checks import NumberedStructure, describe_implausible

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
        (Atoms("CHH", np.zeros((3, 3))), r"Structure 1 \(CH2\): atoms 0 \(C\) and 1 \(H\) are 0 Å apart"),
        (Atoms("C", pbc=True), r"Structure 1 \(C\): `pbc` is true along cell vector a, which is zero"),
        (Atoms("C", info={"occupancy": {"0": {"C": 0.6}}}), r"Structure 1 \(C\): site 0 is occupied by C 0\.6"),
    ],
)
def test_a_structure_that_cannot_be_predicted_is_named(
    spectrum_model: NeuralNetworkPotential, atoms: Atoms, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        list(SpectrumPredictor(spectrum_model).predict([molecule("CH4"), atoms, molecule("C2H6")]))


def test_a_structure_whose_spectra_are_not_finite_is_named(either_model: NeuralNetworkPotential) -> None:
    def damage_the_last_pair(_: object, __: object, inputs: dict) -> None:
        inputs["_Rij"][-1] = torch.nan

    either_model.input_modules[0].register_forward_hook(damage_the_last_pair)
    with pytest.raises(ValueError, match=r"Structure 1 \(CH4\) has spectra that are not finite"):
        list(SpectrumPredictor(either_model).predict([molecule("C2H6"), molecule("CH4")]))


def test_a_request_for_nothing_is_refused_at_once(spectrum_model: NeuralNetworkPotential) -> None:
    with pytest.raises(ValueError, match="Nothing to predict"):
        SpectrumPredictor(spectrum_model).predict(molecule("CH4"), directions=[])


@quiet
def test_a_generator_may_yield_one_object_that_changes(either_model: NeuralNetworkPotential) -> None:
    frames = [molecule("C2H6") for _ in range(5)]
    for number, atoms in enumerate(frames):
        atoms.rattle(0.1, seed=number)

    def in_place() -> Iterator[Atoms]:
        moving = frames[0].copy()
        for atoms in frames:
            moving.positions[:] = atoms.positions
            yield moving

    predictor = SpectrumPredictor(either_model, batch_size=2)
    for found, expected in zip(predictor.predict(in_place()), predictor.predict(frames), strict=True):
        np.testing.assert_array_equal(found.spectrum, expected.spectrum)


@quiet
@pytest.mark.parametrize(("bare", "axis"), [(graphene(), 2), (nanotube(3, 0), None)], ids=["layer", "tube"])
def test_cell_vectors_along_axes_that_are_not_periodic_mean_nothing(
    either_model: NeuralNetworkPotential, bare: Atoms, axis: int | None
) -> None:
    boxed = bare.copy()
    boxed.center(vacuum=9.0, axis=(0, 1) if axis is None else axis)
    one, other = SpectrumPredictor(either_model).predict([bare, boxed])
    np.testing.assert_allclose(one.spectrum, other.spectrum, rtol=1e-9, atol=1e-9)


@quiet
def test_spectra_do_not_depend_on_where_a_structure_lies(either_model: NeuralNetworkPotential) -> None:
    atoms = molecule("CH3CH2OH")
    moved = atoms.copy()
    moved.positions += (1e6, -1e6, 5e5)
    one, other = SpectrumPredictor(either_model.float()).predict([atoms, moved])
    np.testing.assert_allclose(other.spectrum, one.spectrum, rtol=0, atol=1e-5 * np.abs(one.spectrum).max())


@quiet
def test_batches_are_limited_by_their_atoms(
    either_model: NeuralNetworkPotential, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [molecule(name) for name in ("CH4", "C6H6", "CH4", "C2H6", "CH3CH2OH", "CH4")]
    expected = list(SpectrumPredictor(either_model).predict(frames, isotropic=True))
    sizes: list[int] = []
    either_model.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0]["_atomic_numbers"])))
    monkeypatch.setattr("schnetpack_isd.prediction.batches.MOST_ATOMS", 17)
    monkeypatch.setattr("schnetpack_isd.prediction.predictor.MOST_FEATURES", 80)  # several passes over the directions
    found = list(SpectrumPredictor(either_model).predict(frames, isotropic=True))
    assert set(sizes) == {17, 13, 14}
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.spectrum, other.spectrum, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(one.isotropic_spectrum, other.isotropic_spectrum, rtol=1e-9, atol=1e-12)


@quiet
def test_memory_does_not_grow_with_the_number_of_frames(either_model: NeuralNetworkPotential) -> None:
    predictor = SpectrumPredictor(either_model.float())

    def peak(n_frames: int) -> int:
        frames: Iterator[Atoms] = (molecule("CH4") for _ in range(n_frames))
        tracemalloc.start()
        for _ in predictor.predict(frames):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(64)
    assert peak(1600) < 2 * peak(320)


def test_negative_intensities_give_one_warning(spectrum_model: NeuralNetworkPotential) -> None:
    predictor = SpectrumPredictor(spectrum_model)
    frames = [molecule("CH4"), molecule("C2H6"), molecule("C6H6")]
    with pytest.warns(UserWarning, match=r"Structure 0 \(CH4\) has .*implausible intensities, from -\d") as told:
        list(itertools.chain(predictor.predict(frames), predictor.predict(frames)))
    assert [warning.category for warning in told].count(UserWarning) == 1


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


def quadratic_forms(tensors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Spectra (n_sites, n_directions, n_energies) of tensors (n_sites, 3, 3, n_energies) along unit vectors."""
    return np.einsum("di,nije,dj->nde", directions, tensors, directions)


def test_spectra_are_quadratic_forms_of_the_tensors(tensor_model: NeuralNetworkPotential) -> None:
    directions = np.random.default_rng(0).standard_normal((40, 3))
    units = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    frames = [random_molecule(1), molecule("C6H6"), molecule("CH3CH2OH")]
    for spectra in SpectrumPredictor(tensor_model).predict(frames, directions, isotropic=True):
        tensor, total = spectra.tensor, spectra.molecular_tensor
        assert tensor is not None
        np.testing.assert_array_equal(tensor, tensor.swapaxes(1, 2))
        close = partial(np.testing.assert_allclose, rtol=0, atol=1e-12 * tensor.max())
        close(spectra.spectrum, quadratic_forms(tensor, units))
        close(spectra.isotropic_spectrum, np.trace(tensor, axis1=1, axis2=2) / 3)
        close(total, tensor.sum(axis=0))
        close(spectra.molecular_spectrum, spectra.spectrum.sum(axis=0))
        close(spectra.isotropic_molecular_spectrum, np.trace(total) / 3)


def test_isotropic_spectra_of_tensors_do_not_turn_with_the_structure(tensor_model: NeuralNetworkPotential) -> None:
    frames = [random_molecule(seed) for seed in range(5)]
    turned = [Atoms(atoms.numbers, atoms.positions @ random_rotation(1).T) for atoms in frames]
    predictor = SpectrumPredictor(tensor_model.float())
    for one, other in zip(
        predictor.predict(frames, isotropic=True), predictor.predict(turned, isotropic=True), strict=True
    ):
        highest = one.isotropic_spectrum.max()
        np.testing.assert_allclose(other.isotropic_spectrum, one.isotropic_spectrum, rtol=0, atol=3e-6 * highest)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_spectrum_of_a_tensor_is_negative(tensor_model: NeuralNetworkPotential, dtype: torch.dtype) -> None:
    directions = np.random.default_rng(0).standard_normal((300, 3))
    frames = [random_molecule(seed) for seed in range(20)]
    bias = tensor_model.output_modules[0].isotropic[-1].bias
    bias.data = torch.linspace(-40, 40, len(bias), dtype=bias.dtype)  # all eigenvalues negative, some, none
    for spectra in SpectrumPredictor(tensor_model.to(dtype)).predict(frames, directions):
        assert spectra.spectrum.min() >= 0
        assert spectra.limits[0] < 0  # what was cut off
        lowest = np.linalg.eigvalsh(np.moveaxis(spectra.tensor, -1, 1))[..., 0]
        assert lowest.min() < 1e-4 * spectra.tensor.max()  # some are at the edge


def test_a_model_of_tensors_runs_once_whatever_the_directions(tensor_model: NeuralNetworkPotential) -> None:
    directions: list[tuple[int, ...]] = []
    tensor_model.register_forward_pre_hook(lambda _, inputs: directions.append(tuple(inputs[0]["direction"].shape)))
    predictor = SpectrumPredictor(tensor_model)
    [spectra] = predictor.predict(molecule("C6H6"), np.eye(3).repeat(20, axis=0), isotropic=True)
    assert spectra.spectrum.shape == (6, 60, N_ENERGIES)
    [spectra] = predictor.predict(molecule("C6H6"), directions=[])
    assert spectra.tensor.shape == (6, 3, 3, N_ENERGIES)
    assert directions == [(1, 0, 3), (1, 0, 3)]


def test_only_models_of_tensors_have_tensors(spectrum_model: NeuralNetworkPotential) -> None:
    torch.nn.init.constant_(spectrum_model.output_modules[0].outnet[-1].bias, 50.0)
    [spectra] = SpectrumPredictor(spectrum_model).predict(molecule("CH4"))
    assert spectra.tensor is spectra.molecular_tensor is None


def test_very_large_tensors_give_a_warning(tensor_model: NeuralNetworkPotential) -> None:
    with torch.no_grad():
        tensor_model.output_modules[0].isotropic[-1].bias += 1000.0
    with pytest.warns(UserWarning, match=r"units of the intensity scale.* Spectra like the training data stay far"):
        list(SpectrumPredictor(tensor_model).predict(molecule("C6H6"), directions=[]))


def test_structures_unlike_the_training_data_are_named(tensor_ensemble: SpectrumEnsemble) -> None:
    score = NeighborhoodScore(["C", "H", "O"], CUTOFF).double()
    score.limit.fill_(100.0)
    tensor_ensemble.neighborhood = score
    predictor = SpectrumPredictor(tensor_ensemble)
    frames = [molecule("CO"), molecule("CH3CH2OH")]
    monoxide, ethanol = predictor.predict(frames)
    assert monoxide.is_plausible
    assert ethanol.is_plausible
    assert ethanol.extrapolation_score.shape == (2,)
    first, last = sorted([monoxide.extrapolation_score[0], *ethanol.extrapolation_score])[-2:]
    score.limit *= (first + last) / 2
    atom = int(ethanol.site_atom[np.argmax(ethanol.extrapolation_score)])
    with pytest.warns(UserWarning, match=rf"Structure 1 \(C2H6O\) is unlike the training data at C{atom}: the score"):
        monoxide, ethanol = predictor.predict(frames)
    assert monoxide.is_plausible
    assert not ethanol.is_plausible
    assert sorted(ethanol.extrapolation_score > 1) == [False, True]


def test_ensembles_with_a_score_mark_charged_structures(tensor_ensemble: SpectrumEnsemble) -> None:
    score = NeighborhoodScore(["C", "H", "O"], CUTOFF).double()
    score.limit.fill_(100.0)
    methoxide, ion = molecule("CH3O"), molecule("CH3O")
    ion.info["charge"] = -1
    [spectra] = SpectrumPredictor(tensor_ensemble).predict(ion)
    assert spectra.is_plausible  # without a score, nothing is said about the training data
    tensor_ensemble.neighborhood = score
    predictor = SpectrumPredictor(tensor_ensemble)
    with pytest.warns(UserWarning, match=r"Structure 1 \(CH3O\) has a charge of -1, which the model does not know"):
        neutral, charged = predictor.predict([methoxide, ion])
    assert neutral.is_plausible
    assert not charged.is_plausible
    ion.info.clear()
    ion.set_initial_charges([0, -1, 0, 0, 0])
    [charged] = predictor.predict(ion)
    assert not charged.is_plausible


@pytest.mark.parametrize(
    ("scores", "text"),
    [
        ([0.5] * 6 + [1.0004], "at C6: the score of extrapolation is 1.01 where the limit is 1"),
        ([1.2] * 6 + [1.21], "at 7 C atoms: the score of extrapolation is up to 1.21 where the limit is 1"),
        ([1.1] * 6 + [1.5], "at 7 C atoms, most of all at C6, C0, C1, C2, C3: the score of extrapolation is up to 1.5"),
    ],
)
def test_many_atoms_are_counted_and_a_score_above_the_limit_does_not_look_like_the_limit(
    scores: list[float], text: str, tensor_model: NeuralNetworkPotential
) -> None:
    atoms = Atoms("C7", np.random.default_rng(0).normal(size=(7, 3)) * 3)
    [spectra] = SpectrumPredictor(tensor_model).predict(atoms)
    assert text in describe_implausible(
        NumberedStructure(0, atoms), replace(spectra, extrapolation_score=np.array(scores))
    )
