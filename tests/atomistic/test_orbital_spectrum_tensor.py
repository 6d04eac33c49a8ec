"""The head whose resonances are transitions to the orbitals of a Hamiltonian."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from schnetpack.model import NeuralNetworkPotential
from support.models import CUTOFF, N_FEATURES, members_like
from support.structures import make_batch, random_molecule, random_rotation, structures

from schnetpack_isd.atomistic import OrbitalSpectrumTensor
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.models import SpectrumModel, load_spectrum_model, save_model
from schnetpack_isd.train.initialize import initialize_from

ENERGIES = np.linspace(289.0, 305.0, 81)
STRUCTURES = {name: atoms for name, atoms in structures().items() if not atoms.pbc.any()}
DIRECTIONS = np.random.default_rng(7).standard_normal((4, 3))


@pytest.fixture
def model(make_tensor_model: Callable[..., NeuralNetworkPotential]) -> NeuralNetworkPotential:
    """A small model in float64 whose tensors come from orbitals alone."""
    model = make_tensor_model()
    broadening = "threshold-4:0.5 threshold+2:1.0"
    head = OrbitalSpectrumTensor(
        N_FEATURES, CUTOFF, ENERGIES, broadening, n_basis=60, intensity_scale=0.25, n_matrix_in=N_FEATURES // 2
    )
    head.elements = ["C", "F", "H", "N", "O", "Si"]
    with torch.no_grad():
        for layer in (head.anisotropic, head.isotropic[-1]):
            for parameter in layer.parameters():
                parameter.zero_()
    model.output_modules[0] = head
    return model.double().eval()


def tensors(model: NeuralNetworkPotential, atoms: Atoms | list[Atoms]) -> np.ndarray:
    with torch.no_grad():
        return model(make_batch(atoms, DIRECTIONS))["spectrum_tensor"].numpy()


@pytest.mark.parametrize("name", STRUCTURES)
def test_tensors_rotate_with_the_structure_and_inversion_changes_nothing(
    model: NeuralNetworkPotential, name: str
) -> None:
    atoms, expected = STRUCTURES[name], tensors(model, STRUCTURES[name])
    assert expected.max() > 0.1
    for matrix in (random_rotation(3), -np.eye(3)):
        moved = atoms.copy()
        moved.set_cell(atoms.cell.array @ matrix.T)
        moved.positions = atoms.positions @ matrix.T + 0.3
        turned = np.einsum("ab,nbce,dc->nade", matrix, expected, matrix)
        np.testing.assert_allclose(tensors(model, moved), turned, rtol=0, atol=1e-9)


def test_sites_do_not_depend_on_their_batch_or_on_the_order_of_atoms(model: NeuralNetworkPotential) -> None:
    one, other = random_molecule(1), molecule("C6H6")
    together = tensors(model, [one, other])
    np.testing.assert_allclose(together, np.concatenate([tensors(model, one), tensors(model, other)]), atol=1e-10)
    order = np.random.default_rng(0).permutation(len(one))
    sites = np.argsort(order)[np.flatnonzero(one.numbers == 6)]
    permuted = tensors(model, one[order])[np.argsort(np.argsort(sites))]
    np.testing.assert_allclose(permuted, tensors(model, one), atol=1e-10)


def test_they_are_positive_without_a_projection(model: NeuralNetworkPotential) -> None:
    for atoms in STRUCTURES.values():
        found = model.train()(make_batch(atoms, DIRECTIONS))["spectrum_tensor"].detach().numpy()
        lowest = np.linalg.eigvalsh(np.moveaxis(found, -1, 1))
        assert lowest.min() > -1e-9 * lowest.max()


def test_the_plane_of_benzene_is_a_principal_plane(model: NeuralNetworkPotential) -> None:
    np.testing.assert_allclose(tensors(model, molecule("C6H6"))[:, [0, 1], 2], 0.0, atol=1e-10)


def test_periodic_structures_are_refused(model: NeuralNetworkPotential) -> None:
    with pytest.raises(ValueError, match=r"periodic\. Models with orbitals .* are for molecules"):
        tensors(model, structures()["crystal"])


def test_pairs_beyond_the_cutoff_change_nothing(model: NeuralNetworkPotential) -> None:
    """Neighbour lists with a skin have some."""
    batch = make_batch(molecule("trans-butane"), DIRECTIONS)
    far = torch.tensor([[0.0, 0.0, CUTOFF + 0.5]], dtype=torch.float64)
    longer = batch | {
        "_idx_i": torch.cat([batch["_idx_i"], torch.tensor([0])]),
        "_idx_j": torch.cat([batch["_idx_j"], torch.tensor([1])]),
        "_offsets": torch.cat([batch["_offsets"], far - batch["_positions"][1] + batch["_positions"][0]]),
    }
    with torch.no_grad():
        expected, found = (model(dict(inputs))["spectrum_tensor"] for inputs in (batch, longer))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-10)


def test_it_trains_in_half_precision(model: NeuralNetworkPotential) -> None:
    single = model.float().train()
    batch = {
        name: value.float() if value.is_floating_point() else value
        for name, value in make_batch(molecule("C6H6"), DIRECTIONS).items()
    }
    with torch.autocast("cpu", torch.bfloat16):
        single(batch)["spectrum_tensor"].square().sum().backward()
    gradient = single.output_modules[0].hamiltonian.hopping[-1].weight.grad
    assert gradient.isfinite().all()
    assert gradient.abs().max() > 0


def test_sites_are_worked_on_some_at_a_time(model: NeuralNetworkPotential, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = tensors(model, molecule("C6H6"))
    monkeypatch.setattr("schnetpack_isd.atomistic.orbital_spectrum_tensor.AT_A_TIME", 200)
    np.testing.assert_allclose(tensors(model, molecule("C6H6")), expected, atol=1e-10)


def test_gradients_are_those_of_finite_differences(model: NeuralNetworkPotential) -> None:
    """Of acetylene, whose pi orbitals have equal energies."""
    batch = make_batch(molecule("C2H2"), DIRECTIONS)
    weight = model.output_modules[0].hamiltonian.hopping[-1].weight
    torch.manual_seed(0)
    step = torch.randn_like(weight)

    def total() -> torch.Tensor:
        return model.train()(dict(batch))["spectrum_tensor"][0, 0, 0].square().sum()

    total().backward()
    expected = float((weight.grad * step).sum())
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            weight += sign * 1e-5 * step
            values.append(float(total()))
            weight -= sign * 1e-5 * step
    assert (values[0] - values[1]) / 2e-5 == pytest.approx(expected, rel=1e-5)


def test_members_are_averaged_and_saved(model: NeuralNetworkPotential, tmp_path: Path) -> None:
    ensemble = SpectrumEnsemble(members_like(model)).float().eval()
    save_model(ensemble, tmp_path / "ensemble.safetensors")
    loaded = load_spectrum_model(tmp_path / "ensemble.safetensors").module
    batch = {
        name: value.float() if value.is_floating_point() else value
        for name, value in make_batch(molecule("C6H6"), DIRECTIONS).items()
    }
    with torch.no_grad():
        expected, found = ensemble(dict(batch)), loaded(dict(batch))
    assert torch.equal(found["spectrum_tensor"], expected["spectrum_tensor"])
    assert expected["spectrum_std"].max() > 0


def test_a_training_starts_from_weights_of_the_same_head_and_axis_only(
    model: NeuralNetworkPotential, tensor_model: NeuralNetworkPotential
) -> None:
    with_orbitals, without = (SpectrumModel(one, "source", None) for one in (model, tensor_model))
    for one, source in ((tensor_model, with_orbitals), (model, without)):
        with pytest.raises(ValueError, match=r"source has the head .*SpectrumTensor, the model to be trained"):
            initialize_from(one, source)
    other = deepcopy(model)
    initialize_from(other, with_orbitals)
    other.output_modules[0].energies += 1.0
    with pytest.raises(ValueError, match="another energy axis than source, whose orbitals belong to its axis"):
        initialize_from(other, with_orbitals)


@pytest.mark.parametrize(("cutoff", "n_hops"), [(0.0, 2), (5.0, -1)])
def test_a_reach_that_makes_no_sense_is_refused(cutoff: float, n_hops: int) -> None:
    with pytest.raises(ValueError, match="`cutoff` must be positive and `n_hops` must not be negative"):
        OrbitalSpectrumTensor(N_FEATURES, cutoff, ENERGIES, "0.5", n_hops)
