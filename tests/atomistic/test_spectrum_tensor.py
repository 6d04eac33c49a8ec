"""The head that predicts absorption tensors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from schnetpack.atomistic import Atomwise
from schnetpack.model import NeuralNetworkPotential
from support.models import AXIS, N_FEATURES
from support.structures import make_batch, random_molecule, random_rotation, structures

from schnetpack_isd.atomistic import SpectrumTensor
from schnetpack_isd.datasets import CKSample

DIRECTIONS = np.random.default_rng(7).standard_normal((4, 3))
STRUCTURES = structures()

RELATIVE = {"energies": AXIS, "basis_broadening": "threshold-2:0.3 threshold+4:1.0"}
"""Arguments of a head whose energy basis follows ionisation thresholds."""

Build = Callable[..., NeuralNetworkPotential]


def predict(model: NeuralNetworkPotential, atoms: object, directions: np.ndarray = DIRECTIONS) -> dict:
    with torch.no_grad():
        return model(make_batch(atoms, directions))


@pytest.mark.parametrize("head", [{}, RELATIVE], ids=["one width", "relative widths"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", STRUCTURES)
def test_spectra_are_quadratic_forms_of_a_symmetric_tensor(
    make_tensor_model: Build, name: str, training: bool, head: dict
) -> None:
    found = predict(make_tensor_model(head=head).train(training), STRUCTURES[name])
    tensor, unit = found["spectrum_tensor"], DIRECTIONS / np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)
    expected = np.einsum("da,nabe,db->nde", unit, tensor.numpy(), unit)
    np.testing.assert_allclose(found["spectrum"], expected, rtol=0, atol=1e-12)
    assert torch.equal(tensor, tensor.transpose(1, 2))
    trace = tensor.diagonal(dim1=1, dim2=2).sum(dim=-1)
    np.testing.assert_allclose(found["isotropic_spectrum"], trace / 3, rtol=0, atol=1e-12)


@pytest.mark.parametrize("head", [{}, RELATIVE], ids=["one width", "relative widths"])
@pytest.mark.parametrize("name", STRUCTURES)
def test_tensors_rotate_with_the_structure_and_inversion_changes_nothing(
    make_tensor_model: Build, name: str, head: dict
) -> None:
    model, atoms, rotation = make_tensor_model(head=head), STRUCTURES[name], random_rotation(3)
    tensor = predict(model, atoms)["spectrum_tensor"].numpy()
    for matrix in (rotation, -np.eye(3)):
        moved = atoms.copy()
        moved.set_cell(atoms.cell.array @ matrix.T)
        moved.positions = atoms.positions @ matrix.T + 0.3
        expected = np.einsum("ab,nbce,dc->nade", matrix, tensor, matrix)
        np.testing.assert_allclose(predict(model, moved)["spectrum_tensor"], expected, atol=1e-10)


@pytest.mark.parametrize("head", [{}, RELATIVE], ids=["one width", "relative widths"])
def test_no_spectrum_is_negative_in_inference(make_tensor_model: Build, head: dict) -> None:
    directions = np.random.default_rng(0).standard_normal((300, 3))
    model = make_tensor_model(head=head).float()
    batch = {
        key: value.float() if value.is_floating_point() else value
        for key, value in make_batch([*STRUCTURES.values()], directions).items()
    }
    with torch.no_grad():
        assert model(dict(batch))["spectrum"].min() >= 0
        assert model.train()(dict(batch))["spectrum"].min() < 0


def test_sites_are_those_of_the_mask_or_of_the_absorbing_element(make_tensor_model: Build) -> None:
    atoms = random_molecule(1)
    carbon = np.flatnonzero(atoms.numbers == 6)
    assert predict(make_tensor_model(), atoms)["site_atom"].tolist() == carbon.tolist()
    batch = make_batch(atoms, DIRECTIONS)
    batch["site_mask"] = torch.zeros(len(atoms)).index_fill_(0, torch.tensor([3]), 1.0)
    assert make_tensor_model()(batch)["site_atom"].tolist() == [3]


def test_sums_over_the_sites_are_molecular_spectra(make_tensor_model: Build) -> None:
    found = predict(make_tensor_model(head={"aggregation_mode": "sum"}), [random_molecule(1), random_molecule(2)])
    sites = found["site_structure"]
    for structure in (0, 1):
        expected = found["spectrum"][sites == structure].sum(dim=0)
        torch.testing.assert_close(found["molecular_spectrum"][structure], expected)


def test_without_directions_there_are_tensors_only(make_tensor_model: Build) -> None:
    model = make_tensor_model()
    batch = make_batch(random_molecule(1))
    for module in (model.input_modules[0], model.representation, *model.output_modules):
        batch = module(batch)
    assert "spectrum" not in batch
    assert batch["spectrum_tensor"].shape[1:] == (3, 3, len(AXIS))


def test_heads_of_schnetpack_work_on_the_scalar_features(make_tensor_model: Build) -> None:
    model = make_tensor_model()
    model.output_modules.append(Atomwise(N_FEATURES, output_key="energy").double())
    assert model.output_modules[1](model.representation(model.input_modules[0](make_batch(random_molecule(1)))))[
        "energy"
    ].shape == (1,)


def site_inputs(n_sites: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "scalar_representation": torch.randn(n_sites, N_FEATURES),
        "tensor_representation": torch.randn(n_sites, 3, 3, N_FEATURES // 2),
        "_atomic_numbers": torch.full((n_sites,), 6),
        "_idx_m": torch.zeros(n_sites, dtype=torch.long),
        "_n_atoms": torch.tensor([n_sites]),
        "_idx": torch.tensor([0]),
    }


@pytest.mark.parametrize("training", [True, False])
def test_spectra_are_smooth_on_a_fine_axis(training: bool) -> None:
    energies = np.linspace(290.0, 300.0, 401)  # steps of 0.025 eV, Gaussians of 0.35 eV
    inputs = site_inputs(20)
    head = SpectrumTensor(N_FEATURES, n_basis=31, energies=energies, intensity_scale=1.0)
    with torch.no_grad():
        outputs = head.train(training)(inputs)
    spectra = torch.diagonal(outputs["spectrum_tensor"], dim1=1, dim2=2)
    noise = spectra[:, 1:-1] - (spectra[:, 2:] + spectra[:, :-2]) / 2
    assert noise.abs().max() < 0.01 * spectra.abs().max()
    assert training or outputs["lowest_eigenvalue"].max() < 0  # each site has been projected


def test_tensors_that_are_positive_are_not_changed_in_inference() -> None:
    head = SpectrumTensor(N_FEATURES, n_out=80, n_basis=30, intensity_scale=1.0).double()
    torch.nn.init.constant_(head.isotropic[-1].bias, 20)
    inputs = {key: value.double() if value.is_floating_point() else value for key, value in site_inputs(5).items()}
    raw, positive = (head.train(mode)(dict(inputs))["spectrum_tensor"].detach() for mode in (True, False))
    torch.testing.assert_close(positive, raw, rtol=0, atol=2e-6 * float(raw.max()))


def test_thresholds_are_predicted_if_the_energy_basis_needs_them(make_tensor_model: Build) -> None:
    assert "ionization_energy" not in make_tensor_model().output_modules[0].model_outputs
    model, atoms = make_tensor_model(head=RELATIVE), random_molecule(1)
    found = predict(model, atoms)
    assert found["ionization_energy"].shape == found["site_atom"].shape
    turned = atoms.copy()
    turned.positions = turned.positions @ random_rotation(1).T + 0.3
    torch.testing.assert_close(predict(model, turned)["ionization_energy"], found["ionization_energy"])


def test_widths_follow_the_known_thresholds_in_training(make_tensor_model: Build) -> None:
    model = make_tensor_model(head=RELATIVE).train()
    batch = make_batch(random_molecule(1), DIRECTIONS)
    n_sites = len(model(dict(batch))["site_atom"])
    known = [torch.full((n_sites,), energy, dtype=torch.float64) for energy in (AXIS[5], AXIS[-5])]
    one, other = (model(batch | {"ionization_energy": thresholds}) for thresholds in known)
    assert not torch.allclose(one["spectrum_tensor"], other["spectrum_tensor"])
    torch.testing.assert_close(one["ionization_energy"], other["ionization_energy"])
    model.eval()
    one, other = (model(batch | {"ionization_energy": thresholds}) for thresholds in known)
    torch.testing.assert_close(one["spectrum_tensor"], other["spectrum_tensor"])


def test_an_energy_basis_needs_the_axis() -> None:
    with pytest.raises(ValueError, match="`basis_broadening` needs the energy axis"):
        SpectrumTensor(N_FEATURES, n_out=40, basis_broadening="0.5")


def test_an_energy_basis_of_another_broadening_is_refused(sample_db: str) -> None:
    data = CKSample(sample_db, 16, split_file=None, num_workers=0)
    data.prepare_data()
    data.setup()
    head = SpectrumTensor(N_FEATURES, energies=data.settings.energies, basis_broadening="0.3")
    with pytest.raises(ValueError, match=r"has the broadening threshold.*, the energy basis of the model that of 0\.3"):
        head.datamodule(data)


def test_gaussians_wider_than_the_lines_of_the_data_are_refused(sample_db: str) -> None:
    data = CKSample(sample_db, 16, split_file=None, num_workers=0)
    data.prepare_data()
    data.setup()
    with pytest.raises(ValueError, match=r"The 64 Gaussians of the model are 0.417 eV wide, lines of .* 0.3 eV"):
        SpectrumTensor(N_FEATURES, 320, n_basis=64).datamodule(data)
    SpectrumTensor(N_FEATURES, 320, n_basis=128).datamodule(data)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "SpectrumTensor needs `energies` or their number"),
        ({"n_out": 5, "n_basis": 1}, "`n_basis` must be at least 2"),
        ({"n_out": 5, "absorbing_element": "X9"}, "`absorbing_element` must be the symbol"),
        ({"n_out": 5, "aggregation_mode": "mean"}, "`aggregation_mode` must be None"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpectrumTensor(N_FEATURES, **arguments)
