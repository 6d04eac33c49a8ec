"""Sums over rows with the same index."""

from __future__ import annotations

import torch
from schnetpack.nn import scatter_add

from schnetpack_isd.nn.scatter import sum_by_index


def test_sums_are_those_of_schnetpack() -> None:
    values, index = torch.randn(7, 3, 2), torch.tensor([0, 4, 4, 1, 0, 0, 4])
    torch.testing.assert_close(sum_by_index(values, index, 6), scatter_add(values, index, dim_size=6))
