"""Densities of states of matrices, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from schnetpack_isd.nn.spectral import local_densities

CENTERS = torch.linspace(-8.0, 8.0, 15, dtype=torch.float64)

ORBITALS = torch.tensor([[1, 2, 3], [0, 5, 2]])


def lines(energies: Tensor) -> Tensor:
    return torch.exp(-0.5 * (energies[..., None] - CENTERS) ** 2)


def symmetric(levels: list[float], seed: int) -> Tensor:
    """A matrix with these eigenvalues."""
    vectors, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(levels),) * 2))
    return torch.tensor(vectors @ np.diag(levels) @ vectors.T)


def test_densities_are_those_of_the_function_of_the_matrix() -> None:
    matrices = torch.stack([symmetric([-3, -1, 0, 0.5, 2, 4], 0), symmetric([-2, -2, 0, 1, 1, 1], 1)])
    found = local_densities(matrices, ORBITALS, lines)
    for number, (matrix, (x, y, z)) in enumerate(zip(matrices, ORBITALS.tolist(), strict=True)):
        for line, center in enumerate(CENTERS):
            shifted = matrix - center * torch.eye(6)
            of_matrix = torch.linalg.matrix_exp(-0.5 * shifted @ shifted)
            expected = of_matrix[[x, y, z, y, x, x], [x, y, z, z, z, y]]
            torch.testing.assert_close(found[number, :, line], expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("levels", [[-3, -1, 0, 0.5, 2, 4], [-2, -2, 0, 1, 1, 1]], ids=["distinct", "equal"])
def test_gradients_are_exact_for_equal_eigenvalues_too(levels: list[float]) -> None:
    matrices = torch.stack([symmetric(levels, seed) for seed in (2, 3)]).requires_grad_()

    def densities(values: Tensor) -> Tensor:
        return local_densities((values + values.transpose(1, 2)) / 2, ORBITALS, lines)

    assert torch.autograd.gradcheck(densities, (matrices,))
