"""Vector features with the components before the directions."""

from __future__ import annotations

import torch

from schnetpack_isd.nn.vector_features import components_first, inner_product


def test_components_move_before_the_directions() -> None:
    vectors = torch.randn(5, 2, 3, 4)
    moved = components_first(vectors)
    assert moved.is_contiguous()
    for component in range(3):
        assert torch.equal(moved[:, component], vectors[:, :, component])


def test_inner_products_broadcast_unit_vectors_over_directions_and_features() -> None:
    vectors, unit = torch.randn(5, 3, 2, 4, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    found = inner_product(vectors, unit[:, :, None, None])
    torch.testing.assert_close(found, torch.einsum("pcdf,pc->pdf", vectors, unit))
