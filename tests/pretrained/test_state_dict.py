"""Keys and shapes of the authors' weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from support.authors import imported

from schnetpack_isd.testing.authors_network import Reference


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"update_layers.1.vec_proj.weight": None}, r"missing: update_layers\.1\.vec_proj\.weight\.$"),
        ({"radial_basis.rbf.offset": None}, r"missing: radial_basis\.rbf\.offset"),
        (
            {"equivariant_atom_emb.embeddings.weight": None},
            r"missing: equivariant_atom_emb\.embeddings\.weight .*--no-directional-embedding",
        ),
        ({"message_layers.0.extra": torch.ones(2)}, r"unexpected: message_layers\.0\.extra"),
        (
            {"message_layers.0.x_proj.2.bias": torch.ones(95), "out_invariant.0.bias": torch.ones(23)},
            r"of another shape: .*x_proj\.2\.bias \(95,\) instead of \(96,\), out_invariant\.0\.bias \(23,\)",
        ),
        ({"out_invariant.0.bias": torch.full((24,), torch.nan)}, r"not finite: out_invariant\.0\.bias"),
        (
            {"out_invariant.0.bias": torch.full((24,), 1e300, dtype=torch.float64)},
            r"not finite: out_invariant\.0\.bias",
        ),
        ({"out_invariant.0.bias": "text"}, r"not tensors of floating-point numbers: out_invariant\.0\.bias"),
        ({"out_invariant.0.bias": torch.ones(24).int()}, r"not tensors of floating-point numbers: out_invariant"),
        ({"out_invariant.0.bias": torch.ones(24).to_sparse()}, r"not tensors of floating-point numbers: out_invariant"),
        ({"radial_basis.rbf.offset": torch.zeros(1)}, r"rbf\.offset is not a tensor of 1 dimension of at least 2"),
        ({"message_layers.10000000.x": torch.ones(2)}, r"missing: message_layers\.3\.\*, but there is .*10000000"),
        ({7: torch.ones(2), "extra": torch.ones(2)}, r"unexpected: 7, extra"),
    ],
)
def test_wrong_keys_and_values_are_named(tmp_path: Path, theirs: Reference, change: dict, message: str) -> None:
    state = {key: value for key, value in (theirs.state | change).items() if value is not None}
    with pytest.raises(ValueError, match=rf"model_state\.pt: .*{message}"):
        imported(tmp_path, state, theirs.config)
