"""Vector features stored component-first, for speed."""

from __future__ import annotations

from torch import Tensor, addcmul

__all__ = ["components_first", "inner_product"]


def components_first(vectors: Tensor) -> Tensor:
    """Move the components of vectors (n, n_directions, 3, F) to dimension 1, so that contiguous rows are long.

    Returns:
        (n, 3, n_directions, F) contiguous copy.
    """
    return vectors.transpose(1, 2).contiguous()


def inner_product(one: Tensor, other: Tensor) -> Tensor:
    """Multiply vectors (n, 3, ...) and sum over the components, without writing the products to memory.

    Returns:
        (n, ...) inner products.
    """
    (x, y, z), (other_x, other_y, other_z) = one.unbind(1), other.unbind(1)
    return addcmul(addcmul(x * other_x, y, other_y), z, other_z)
