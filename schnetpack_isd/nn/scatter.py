"""Sums over rows with the same index."""

from __future__ import annotations

from torch import Tensor

__all__ = ["sum_by_index"]


def sum_by_index(values: Tensor, index: Tensor, n_rows: int) -> Tensor:
    """`schnetpack.nn.scatter_add` without TorchScript, which `torch.export` cannot look into.

    Args:
        values: (n, ...) rows.
        index: (n,) row of the result that each is added to.
        n_rows: number of rows of the result.

    Returns:
        (n_rows, ...) sums.
    """
    return values.new_zeros(n_rows, *values.shape[1:]).index_add(0, index, values)
