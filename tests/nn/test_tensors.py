"""Symmetric tensors: components, quadratic forms, and the nearest positive tensors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from schnetpack_isd.nn.tensors import as_components, as_matrices, nearest_positive, quadratic_forms


@pytest.fixture(params=[True, False], ids=["PyTorch", "compiled"], autouse=True)
def _either_way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Projection by PyTorch, which has gradients, and by the compiled function."""
    with torch.set_grad_enabled(request.param):
        yield


def random_tensors(n: int = 20, n_energies: int = 30) -> torch.Tensor:
    """Symmetric tensors (n, 3, 3, n_energies) with eigenvalues of both signs, in float64."""
    torch.manual_seed(0)
    matrices = torch.randn(n, 3, 3, n_energies, dtype=torch.float64)
    return matrices + matrices.transpose(1, 2)


def special_tensors() -> torch.Tensor:
    """Tensors with equal, vanishing and very small eigenvalues, in every direction."""
    eigenvalues = torch.tensor(
        [[0, 0, 0], [1, 1, 1], [-1, -1, -1], [0, 0, 1], [-1, 1, 1], [-1, -1, 1], [-1e-9, 0, 1], [1e-30, -1e-30, 0]],
        dtype=torch.float64,
    )
    torch.manual_seed(1)
    rotations = torch.linalg.qr(torch.randn(len(eigenvalues), 10, 3, 3, dtype=torch.float64))[0]
    return torch.einsum("nrak,nk,nrbk->nabr", rotations, eigenvalues, rotations)


def projected_by_diagonalisation(tensors: torch.Tensor) -> torch.Tensor:
    values, vectors = torch.linalg.eigh(tensors.permute(0, 3, 1, 2))
    return torch.einsum("neak,nek,nebk->nabe", vectors, values.clamp(min=0), vectors)


def test_components_are_those_of_the_matrices() -> None:
    tensors = random_tensors()
    torch.testing.assert_close(as_matrices(as_components(tensors)), tensors, rtol=0, atol=0)
    assert torch.equal(as_components(tensors)[:, 3], tensors[:, 1, 2])  # yz


def test_quadratic_forms_belong_to_unit_vectors() -> None:
    tensors, directions = random_tensors(), 3 * torch.randn(20, 7, 3, dtype=torch.float64)
    unit = directions / directions.norm(dim=-1, keepdim=True)
    expected = torch.einsum("nda,nabe,ndb->nde", unit, tensors, unit)
    torch.testing.assert_close(quadratic_forms(as_components(tensors), directions), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("tensors", [random_tensors(), special_tensors()], ids=["random", "special"])
def test_the_nearest_positive_tensor_has_no_negative_eigenvalues_and_the_others(tensors: torch.Tensor) -> None:
    found = as_matrices(nearest_positive(as_components(tensors))[0])
    expected = projected_by_diagonalisation(tensors)
    scale = torch.linalg.eigvalsh(expected.permute(0, 3, 1, 2))[..., -1].max()
    assert (found - expected).abs().max() <= 2e-6 * scale


@pytest.mark.parametrize("tensors", [random_tensors(), special_tensors()], ids=["random", "special"])
def test_no_quadratic_form_is_negative_even_in_single_precision(tensors: torch.Tensor) -> None:
    found, _ = nearest_positive(as_components(tensors.float()))
    directions = torch.randn(len(tensors), 500, 3)
    assert quadratic_forms(found, directions).min() >= 0


def test_values_that_are_not_finite_stay() -> None:
    tensors = random_tensors()
    tensors[3, :, :, 5] = torch.nan
    found, _ = nearest_positive(as_components(tensors))
    assert found[3, :, 5].isnan().all()
    assert found.isnan().sum() == 6


def test_the_smallest_eigenvalues_are_told() -> None:
    _, lowest = nearest_positive(as_components(random_tensors()))
    expected = torch.linalg.eigvalsh(random_tensors().permute(0, 3, 1, 2))[..., 0]
    torch.testing.assert_close(lowest, expected, rtol=1e-7, atol=1e-7)


def test_projection_never_moves_a_tensor_away_from_a_positive_one() -> None:
    tensors, others = random_tensors(), projected_by_diagonalisation(random_tensors().flip(0))
    before = (tensors - others).square().sum(dim=(1, 2))
    after = (as_matrices(nearest_positive(as_components(tensors))[0]) - others).square().sum(dim=(1, 2))
    assert torch.all(after <= before * (1 + 1e-4))
