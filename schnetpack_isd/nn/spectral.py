"""Functions of symmetric matrices, with gradients that equal eigenvalues do not spoil."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from schnetpack_isd.spectra.tensor import COLUMNS, ROWS

__all__ = ["local_densities"]

Lines = Callable[[Tensor], Tensor]
"""Function that returns lines (n, m, n_lines) at energies (n, m); each energy has its own."""

CLOSE = 1e-3
"""Difference of energies, in eV, below which the derivative stands for the quotient of differences."""


def local_densities(matrices: Tensor, orbitals: Tensor, lines: Lines) -> Tensor:
    r"""Return the density of states of each matrix at three of its orbitals, as tensors.

    With eigenvalues :math:`\epsilon_k` and eigenvectors :math:`c_k` of a matrix H, and lines :math:`h`, it is

    .. math:: \langle a | h(H) | b \rangle = \sum_k c_{ak}\, c_{bk}\, h(\epsilon_k) .

    Its gradient has quotients of differences, :math:`(h(\epsilon_k) - h(\epsilon_l)) / (\epsilon_k - \epsilon_l)`, in
    place of the inverse differences in gradients of eigenvectors: it is finite, and exact for equal eigenvalues, too.

    Args:
        matrices: (n, m, m) symmetric matrices.
        orbitals: (n, 3) indices of the orbitals a and b.
        lines: function that returns lines (n, m, n_lines) at energies (n, m). Gradients do not pass to other tensors
            that it uses.

    Returns:
        (n, 6, n_lines) components xx, yy, zz, yz, xz, xy.

    References:
        Higham, Functions of Matrices, SIAM 2008, doi:10.1137/1.9780898717778, theorem 3.11 (Daleckii and Krein).
    """
    return _LocalDensities.apply(matrices, orbitals, lines)


class _LocalDensities(torch.autograd.Function):
    """The density and its gradient; see :func:`local_densities`. Eigenvectors are in double precision."""

    @staticmethod
    def forward(ctx: Any, matrices: Tensor, orbitals: Tensor, lines: Lines) -> Tensor:
        """Return the densities."""
        energies, vectors = torch.linalg.eigh(matrices.double())
        energies, vectors = energies.to(matrices.dtype), vectors.to(matrices.dtype)
        at_orbitals = vectors.gather(1, orbitals[..., None].expand(-1, -1, vectors.shape[2]))
        ctx.save_for_backward(energies, vectors, at_orbitals)
        ctx.lines = lines
        return (at_orbitals[:, ROWS] * at_orbitals[:, COLUMNS]) @ lines(energies)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradients: Tensor) -> tuple[Tensor, None, None]:
        """Return the gradient with respect to the matrices."""
        energies, vectors, at_orbitals = ctx.saved_tensors
        values, slopes, *_ = torch.func.jvp(ctx.lines, (energies,), (torch.ones_like(energies),))
        values, slopes = gradients @ values.transpose(1, 2), gradients @ slopes.transpose(1, 2)
        gaps = (energies[:, :, None] - energies[:, None])[:, None]
        is_close = gaps.abs() < CLOSE
        differences = (values[..., :, None] - values[..., None, :]) / torch.where(is_close, 1.0, gaps)
        quotients = torch.where(is_close, (slopes[..., :, None] + slopes[..., None, :]) / 2, differences)
        left, right = at_orbitals[:, ROWS], at_orbitals[:, COLUMNS]
        of_levels = (quotients * left[..., :, None] * right[..., None, :]).sum(dim=1)
        of_levels = (of_levels + of_levels.transpose(1, 2)) / 2
        return vectors @ of_levels @ vectors.transpose(1, 2), None, None
