"""Models that predict as one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import partial

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from schnetpack.atomistic import PairwiseDistances
from schnetpack.model import NeuralNetworkPotential
from support.models import AXIS, CUTOFF, members_like
from support.structures import make_batch, random_molecule, random_rotation

from schnetpack_isd.ensemble import NeighborhoodScore, SpectrumEnsemble, Uncertainty
from schnetpack_isd.nn.tensors import as_components
from schnetpack_isd.representation import TensorISDPaiNN

FRAMES = [random_molecule(1), molecule("CH3CH2OH")]
DIRECTIONS = np.random.default_rng(1).standard_normal((len(FRAMES), 5, 3))
"""Others for each of the structures."""

close = partial(torch.testing.assert_close, rtol=1e-9, atol=1e-12)


def predict(module: torch.nn.Module, atoms: Atoms | list[Atoms] = FRAMES, directions: np.ndarray = DIRECTIONS) -> dict:
    with torch.no_grad():
        return module(make_batch(atoms, directions))


def of_members(ensemble: SpectrumEnsemble, name: str) -> torch.Tensor:
    """Outputs (n_members, ...) of the members."""
    return torch.stack([predict(member)[name] for member in ensemble.members])


def fitted_score() -> NeighborhoodScore:
    """Score of extrapolation that knows some random molecules, in float64."""
    score = NeighborhoodScore(["C", "F", "H", "N", "O"], CUTOFF).double()
    batch = PairwiseDistances()(make_batch([random_molecule(seed) for seed in range(20)]))
    carbon = torch.nonzero(batch["_atomic_numbers"] == 6).squeeze(-1)
    features = score.features(batch, carbon)
    score.fit(features, features, batch["_idx_m"][carbon])
    return score


def test_spectra_are_the_mean_of_the_members_with_their_sample_deviation(make_model: Callable) -> None:
    ensemble = SpectrumEnsemble(members_like(make_model(head={"aggregation_mode": "sum"})))
    found, spectra = predict(ensemble), of_members(ensemble, "spectrum")
    close(found["spectrum"], spectra.mean(dim=0))
    close(found["spectrum_std"], spectra.std(dim=0))
    close(found["molecular_spectrum"], of_members(ensemble, "molecular_spectrum").mean(dim=0))


def test_positive_tensors_are_the_mean_of_those_of_the_members(positive_ensemble: SpectrumEnsemble) -> None:
    found = predict(positive_ensemble)
    assert min(found["lowest_eigenvalue"].min(), of_members(positive_ensemble, "lowest_eigenvalue").min()) > 0
    for name in ("spectrum_tensor", "spectrum", "isotropic_spectrum"):
        close(found[name], of_members(positive_ensemble, name).mean(dim=0), rtol=1e-5, atol=1e-5)


def test_the_deviation_of_tensors_along_any_direction_is_that_of_the_members(
    positive_ensemble: SpectrumEnsemble,
) -> None:
    found = predict(positive_ensemble)
    positive_ensemble.train()  # tensors before they are made positive, and their quadratic forms
    close(found["spectrum_std"], of_members(positive_ensemble, "spectrum").std(dim=0))
    tensors = torch.stack([as_components(tensor) for tensor in of_members(positive_ensemble, "spectrum_tensor")], dim=1)
    close(found["tensor_deviation"], np.sqrt(3 / 2) * (tensors - tensors.mean(dim=1, keepdim=True)), atol=1e-9)


def test_no_mean_of_tensors_is_negative(make_tensor_model: Callable) -> None:
    model = make_tensor_model(head={"energies": AXIS, "basis_broadening": "threshold-2:0.5 threshold+4:1.0"})
    found = predict(SpectrumEnsemble(members_like(model)))
    assert found["lowest_eigenvalue"].min() < 0
    assert found["spectrum"].min() >= 0


def test_ionisation_thresholds_are_the_mean_of_the_members(tensor_ensemble: SpectrumEnsemble) -> None:
    found, thresholds = predict(tensor_ensemble), of_members(tensor_ensemble, "ionization_energy")
    close(found["ionization_energy"], thresholds.mean(dim=0))
    close(found["ionization_energy_std"], thresholds.std(dim=0))


def test_the_calibration_scales_the_deviations_alone(tensor_ensemble: SpectrumEnsemble) -> None:
    plain = predict(tensor_ensemble)
    tensor_ensemble.uncertainty = Uncertainty({0.5: 1.0, 0.6827: 2.5, 0.9: 4.0}, {0.5: 0.1, 0.6827: 0.5, 0.9: 1.0})
    found = predict(tensor_ensemble)
    close(found["spectrum_std"], 2.5 * plain["spectrum_std"])
    close(found["tensor_deviation"], 2.5 * plain["tensor_deviation"])
    close(found["ionization_energy_std"], 0.5 * plain["ionization_energy_std"])
    for name in ("spectrum_tensor", "spectrum", "ionization_energy"):
        torch.testing.assert_close(found[name], plain[name], rtol=0, atol=0)


def test_thresholds_that_were_not_calibrated_have_no_deviation(tensor_ensemble: SpectrumEnsemble) -> None:
    tensor_ensemble.uncertainty = Uncertainty({0.5: 1.0, 0.6827: 2.5})
    found = predict(tensor_ensemble)
    assert found.keys() & {"ionization_energy", "spectrum_std"} == {"ionization_energy", "spectrum_std"}
    assert not found.keys() & {"ionization_energy_std", "ionization_energy_deviation"}


def test_the_order_of_the_members_does_not_matter(either_ensemble: SpectrumEnsemble) -> None:
    found, expected = predict(SpectrumEnsemble(list(either_ensemble.members)[::-1])), predict(either_ensemble)
    for name in ("spectrum", "spectrum_std"):
        close(found[name], expected[name])


def test_batches_do_not_matter(either_ensemble: SpectrumEnsemble) -> None:
    either_ensemble.neighborhood = fitted_score()
    together = predict(either_ensemble)
    alone = [predict(either_ensemble, atoms, part) for atoms, part in zip(FRAMES, DIRECTIONS, strict=True)]
    for name in together.keys() - {"site_structure"}:  # numbers of the structures in their batch
        close(together[name], torch.cat([part[name] for part in alone]), msg=name)


def test_a_member_that_is_there_twice_is_named(either_ensemble: SpectrumEnsemble) -> None:
    one, other, _ = either_ensemble.members
    with pytest.raises(ValueError, match=r"^member 3 has the same weights as member 1: a model"):
        SpectrumEnsemble([one, other, deepcopy(one)])


def test_nothing_changes_if_molecules_and_directions_rotate_together(either_ensemble: SpectrumEnsemble) -> None:
    either_ensemble.neighborhood = fitted_score()
    rotation = random_rotation(4)
    turned = [Atoms(atoms.numbers, atoms.positions @ rotation.T) for atoms in FRAMES]
    one, other = predict(either_ensemble), predict(either_ensemble, turned, DIRECTIONS @ rotation.T)
    for name in ("spectrum", "spectrum_std", "extrapolation_score"):
        close(other[name], one[name], atol=1e-9, msg=name)


def test_only_predictions_are_returned(either_ensemble: SpectrumEnsemble) -> None:
    """A batch of a database has calculated thresholds, which must not pass for predicted ones."""
    head = either_ensemble.members[0].output_modules[0]
    batch = make_batch(FRAMES, DIRECTIONS)
    batch["ionization_energy"] = torch.full((1,), torch.nan)
    added = {"spectrum_std", "tensor_deviation" if head.predicts_tensors else "spectrum_deviation"}
    if head.predicts_tensors:
        added |= {"ionization_energy_std", "ionization_energy_deviation"}
    with torch.no_grad():
        found = either_ensemble(batch)
    assert found.keys() == {*head.model_outputs, *added}
    assert all(values.isfinite().all() for values in found.values())


def change(attribute: str, value: object) -> Callable[[NeuralNetworkPotential], None]:
    return lambda model: setattr(model.output_modules[0], attribute, value)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda model: model.output_modules[0].energies.add_(1.0), "is on another energy axis than one"),
        (
            lambda model: model.output_modules[0].intensity_scale.mul_(2.0),
            r"has the intensity scale 0\.5, one has 0\.2",
        ),
        (lambda model: setattr(model.representation, "cutoff", 4.0), "has the cutoff 4 Å, one has 5 Å"),
        (change("elements", ["C", "H"]), r"has the elements \['C', 'H'\], one has \['C', 'Cl'"),
        (change("absorbing_element", "O"), "has the absorbing element O, one has C"),
        (change("broadening", "0.5"), r"has the broadening 0\.5, one has None"),
    ],
)
def test_a_member_that_differs_is_named(spectrum_model: NeuralNetworkPotential, spoil: Callable, message: str) -> None:
    other = deepcopy(spectrum_model)
    spoil(other)
    with pytest.raises(ValueError, match=f"^other {message}"):
        SpectrumEnsemble([spectrum_model, other], names=["one", "other"])


def test_members_have_one_kind_of_head_and_basis(
    spectrum_model: NeuralNetworkPotential, tensor_model: NeuralNetworkPotential, make_model: Callable
) -> None:
    finer = make_model(head={"energies": AXIS, "intensity_scale": 0.25, "n_basis": 9}, kind=TensorISDPaiNN)
    for pair in ([spectrum_model, tensor_model], [tensor_model, finer]):
        with pytest.raises(ValueError, match="member 2 has another kind of head or energy basis than member 1"):
            SpectrumEnsemble(pair)


def test_an_ensemble_has_two_members_at_least(spectrum_model: NeuralNetworkPotential) -> None:
    with pytest.raises(ValueError, match="needs at least two models, not 1"):
        SpectrumEnsemble([spectrum_model])


def test_an_ensemble_is_no_member(spectrum_ensemble: SpectrumEnsemble) -> None:
    member = spectrum_ensemble.members[0]
    for members, number in (([member, spectrum_ensemble], 2), ([spectrum_ensemble, member], 1)):
        with pytest.raises(ValueError, match=f"member {number} is an ensemble; combine its members instead"):
            SpectrumEnsemble(members)
