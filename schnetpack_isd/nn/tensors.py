"""Symmetric tensors (n, 3, 3, n_energies), as matrices and as their six components xx, yy, zz, yz, xz, xy."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from schnetpack_isd.utils.compiled import can_compile, compile_function

__all__ = ["as_components", "as_matrices", "nearest_positive", "quadratic_forms"]

MARGIN = 1e-6
"""Shift of positive tensors relative to their largest eigenvalue, more than rounding in single precision."""


def as_components(tensors: Tensor) -> Tensor:
    """Return the components (n, 6, n_energies) of symmetric tensors (n, 3, 3, n_energies)."""
    rows, columns = (0, 1, 2, 1, 0, 0), (0, 1, 2, 2, 2, 1)
    return torch.stack([tensors[:, row, column] for row, column in zip(rows, columns, strict=True)], dim=1)


def as_matrices(components: Tensor) -> Tensor:
    """Return tensors (n, 3, 3, n_energies) from their components (n, 6, n_energies)."""
    xx, yy, zz, yz, xz, xy = components.unbind(1)
    return torch.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], dim=1).unflatten(1, (3, 3))


def quadratic_forms(components: Tensor, directions: Tensor) -> Tensor:
    r"""Return :math:`u^\mathsf{T} \sigma u` for unit vectors along directions.

    Args:
        components: (n, 6, n_energies) components of the tensors.
        directions: (n, n_directions, 3) vectors of any non-zero length.

    Returns:
        (n, n_directions, n_energies) quadratic forms.
    """
    x, y, z = (directions / torch.linalg.vector_norm(directions, dim=-1, keepdim=True)).unbind(-1)
    return torch.stack([x * x, y * y, z * z, 2 * y * z, 2 * x * z, 2 * x * y], dim=-1) @ components


def nearest_positive(components: Tensor) -> tuple[Tensor, Tensor]:
    r"""Return the nearest positive semi-definite tensors, and the smallest eigenvalues before.

    The projection sets negative eigenvalues to zero. It never moves a tensor away from a positive one. With eigenvalues
    :math:`\lambda_1 \le \lambda_2 \le \lambda_3`, it is

    .. math::
        \sigma - \lambda_1 \frac{(\sigma - \lambda_2)(\sigma - \lambda_3)}
            {(\lambda_1 - \lambda_2)(\lambda_1 - \lambda_3)}
        \quad\text{or}\quad
        \lambda_3 \frac{(\sigma - \lambda_1)(\sigma - \lambda_2)}{(\lambda_3 - \lambda_1)(\lambda_3 - \lambda_2)}

    if one eigenvalue is negative, or two. The eigenvalues are roots of the cubic equation in closed form, in double
    precision. Tensors are shifted by 1e-6 of their largest eigenvalue, so that no quadratic form is negative by
    rounding.

    Args:
        components: (n, 6, n_energies) components of the tensors.

    Returns:
        (n, 6, n_energies) components of the nearest positive tensors, and (n, n_energies) smallest eigenvalues of the
        given ones.

    References:
        Higham, Linear Algebra Appl. 1988, 103, 103, doi:10.1016/0024-3795(88)90223-6 (the nearest tensor);
        Smith, Commun. ACM 1961, 4, 168, doi:10.1145/355578.366316 (the eigenvalues).
    """
    if can_compile(components, _project):
        projected, lowest = torch.empty_like(components), components.new_empty(len(components), components.shape[2])
        compiled = compile_function(_project)
        assert compiled is not None
        compiled(components.contiguous().numpy(), projected.numpy(), lowest.numpy(), MARGIN)
        return projected, lowest
    tensor = components.double()
    lowest, middle, highest = _eigenvalues(tensor)
    # The product of two differences, A^2 - (a + b) A + a b, for the two eigenvalues other than the one to change.
    one_negative = middle >= 0
    a, b = torch.where(one_negative, middle, lowest), torch.where(one_negative, highest, middle)
    changed = torch.where(one_negative, lowest, highest)
    product = _square(tensor) - (a + b)[:, None] * tensor + _identity(tensor) * (a * b)[:, None]
    span = (changed - a) * (changed - b)
    part = product * (changed / torch.where(span == 0, torch.ones_like(span), span))[:, None]
    projected = torch.where(one_negative[:, None], tensor - part, part)
    projected = torch.where((lowest >= 0)[:, None], tensor, projected)
    projected = projected * (highest > 0)[:, None] + MARGIN * _identity(tensor) * highest.clamp(min=0)[:, None]
    return projected.to(components.dtype), lowest.to(components.dtype)


def _eigenvalues(tensor: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the eigenvalues (n, n_energies) in ascending order."""
    mean = tensor[:, :3].mean(dim=1)
    deviator = tensor - _identity(tensor) * mean[:, None]
    xx, yy, zz, yz, xz, xy = deviator.unbind(1)
    radius = torch.sqrt((xx**2 + yy**2 + zz**2 + 2 * (yz**2 + xz**2 + xy**2)) / 6)
    determinant = xx * (yy * zz - yz**2) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)
    cube = torch.where(radius == 0, torch.ones_like(radius), radius**3)
    angle = torch.arccos((determinant / (2 * cube)).clamp(-1, 1)) / 3
    highest = mean + 2 * radius * torch.cos(angle)
    lowest = mean + 2 * radius * torch.cos(angle + 2 * math.pi / 3)
    return lowest, 3 * mean - highest - lowest, highest


def _square(tensor: Tensor) -> Tensor:
    """Return the components of the square of symmetric tensors."""
    xx, yy, zz, yz, xz, xy = tensor.unbind(1)
    return torch.stack(
        [
            xx**2 + xy**2 + xz**2,
            xy**2 + yy**2 + yz**2,
            xz**2 + yz**2 + zz**2,
            xy * xz + yz * (yy + zz),
            xy * yz + xz * (xx + zz),
            xz * yz + xy * (xx + yy),
        ],
        dim=1,
    )


def _identity(tensor: Tensor) -> Tensor:
    """Return the components (1, 6, 1) of the unit tensor."""
    return torch.tensor([1.0, 1.0, 1.0, 0.0, 0.0, 0.0], dtype=tensor.dtype, device=tensor.device)[None, :, None]


def _project(components: NDArray, projected: NDArray, lowest: NDArray, margin: float) -> None:
    """Write the nearest positive tensors and the smallest eigenvalues, one tensor at a time."""
    for n in range(components.shape[0]):
        for e in range(components.shape[2]):
            xx, yy = np.float64(components[n, 0, e]), np.float64(components[n, 1, e])
            zz, yz = np.float64(components[n, 2, e]), np.float64(components[n, 3, e])
            xz, xy = np.float64(components[n, 4, e]), np.float64(components[n, 5, e])
            mean = (xx + yy + zz) / 3
            a, b, c = xx - mean, yy - mean, zz - mean
            radius = math.sqrt((a * a + b * b + c * c + 2 * (yz * yz + xz * xz + xy * xy)) / 6)
            low = middle = high = mean
            if radius > 0:
                a, b, c, d, f, g = a / radius, b / radius, c / radius, yz / radius, xz / radius, xy / radius
                half = (a * (b * c - d * d) - g * (g * c - d * f) + f * (g * d - b * f)) / 2
                angle = math.acos(min(max(half, -1.0), 1.0)) / 3
                high = mean + 2 * radius * math.cos(angle)
                low = mean + 2 * radius * math.cos(angle + 2 * math.pi / 3)
                middle = 3 * mean - high - low
            lowest[n, e] = low
            shift = margin * max(high, 0.0)
            keep, factor, one, other = 1.0, 0.0, 0.0, 0.0  # the tensor, or its product with two eigenvalues removed
            if high <= 0:
                keep = 0.0
            elif low < 0 <= middle:
                one, other = middle, high
                factor = -low / ((low - middle) * (low - high))
            elif low < 0:
                keep, one, other = 0.0, low, middle
                factor = high / ((high - low) * (high - middle))
            s, p = factor * (one + other), factor * one * other
            diagonal = shift + p
            projected[n, 0, e] = (keep - s) * xx + factor * (xx * xx + xy * xy + xz * xz) + diagonal
            projected[n, 1, e] = (keep - s) * yy + factor * (xy * xy + yy * yy + yz * yz) + diagonal
            projected[n, 2, e] = (keep - s) * zz + factor * (xz * xz + yz * yz + zz * zz) + diagonal
            projected[n, 3, e] = (keep - s) * yz + factor * (xy * xz + yz * (yy + zz))
            projected[n, 4, e] = (keep - s) * xz + factor * (xy * yz + xz * (xx + zz))
            projected[n, 5, e] = (keep - s) * xy + factor * (xz * yz + xy * (xx + yy))
