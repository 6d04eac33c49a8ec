"""Sums over rows with the same index."""

from __future__ import annotations

from torch import Tensor

__all__ = ["sum_by_index"]


def sum_by_index(values: Tensor, index: Tensor, n_rows: int) -> Tensor:
    """Sum rows with the same index.

    `schnetpack.nn.scatter_add` does the same in TorchScript, which `torch.export` of PyTorch 2.4 cannot trace.

    Args:
        values: (n, ...) rows.
        index: (n,) row of the result to which each row is added.
        n_rows: number of rows of the result.

    Returns:
        (n_rows, ...) sums.
    """
    return values.new_zeros(n_rows, *values.shape[1:]).index_add_(0, index, values)
