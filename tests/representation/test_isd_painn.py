"""ISDPaiNN compared with SchNetPack's PaiNN, its precision and its inputs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from schnetpack.nn import ElectronicEmbedding, NuclearEmbedding
from schnetpack.representation import PaiNN
from support.models import N_FEATURES, build_representation
from support.structures import batch_of_two

from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN

ARGUMENTS = {
    "plain": {},
    "shared interactions": {"shared_interactions": True},
    "shared filters": {"shared_filters": True},
    "tanh": {"activation": torch.tanh},
    "epsilon": {"epsilon": 1e-3},
}


def assert_equals_painn(painn: PaiNN, isd_painn: ISDPaiNN) -> None:
    missing, unexpected = isd_painn.load_state_dict(painn.state_dict(), strict=False)
    assert (missing, unexpected) == ([], [])
    batch = batch_of_two(np.random.default_rng(0).standard_normal((2, 3)))
    ours, theirs = isd_painn(dict(batch)), painn(dict(batch))
    for number in range(2):
        for key in ("scalar_representation", "vector_representation"):
            torch.testing.assert_close(ours[key][:, number], theirs[key], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_without_both_changes_it_equals_painn(name: str) -> None:
    painn = build_representation(PaiNN, **ARGUMENTS[name])
    isd_painn = build_representation(ISDPaiNN, symmetric_message=False, directional_embedding=False, **ARGUMENTS[name])
    assert_equals_painn(painn, isd_painn)


def test_embeddings_of_schnetpack_work() -> None:
    def embeddings() -> dict:
        return {
            "nuclear_embedding": NuclearEmbedding(101, N_FEATURES),
            "electronic_embeddings": [ElectronicEmbedding("total_charge", N_FEATURES, num_residual=1, is_charged=True)],
        }

    isd_painn = build_representation(ISDPaiNN, symmetric_message=False, directional_embedding=False, **embeddings())
    assert_equals_painn(build_representation(PaiNN, **embeddings()), isd_painn)


def test_weights_of_a_trained_painn_load() -> None:
    missing, unexpected = build_representation(ISDPaiNN).load_state_dict(
        build_representation(PaiNN).state_dict(), strict=False
    )
    assert missing == ["direction_embedding.weight"]
    assert unexpected == []


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("kind", [ISDPaiNN, OCPISDPaiNN])
def test_mixed_precision_is_close_to_float32(kind: type[ISDPaiNN], gradients: bool) -> None:
    representation = build_representation(kind).float()
    batch = {key: x.float() if x.is_floating_point() else x for key, x in batch_of_two(np.eye(3)).items()}
    expected = representation(dict(batch))["scalar_representation"]
    with torch.autocast("cpu", torch.bfloat16), torch.set_grad_enabled(gradients):
        found = representation(dict(batch))["scalar_representation"]
    assert 0 < (found - expected).abs().max() < 0.05 * expected.abs().max()


def test_features_have_a_direction_axis() -> None:
    result = build_representation(ISDPaiNN)(batch_of_two(np.eye(3)[:2]))
    assert result["scalar_representation"].shape == (14, 2, N_FEATURES)
    assert result["vector_representation"].shape == (14, 2, 3, N_FEATURES)


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64])
def test_a_direction_of_another_type_is_the_same_direction(dtype: torch.dtype) -> None:
    representation, batch = build_representation(ISDPaiNN), batch_of_two(np.eye(3))
    expected = representation(dict(batch))
    batch["direction"] = batch["direction"].to(dtype)
    result = representation(batch)
    torch.testing.assert_close(result["scalar_representation"], expected["scalar_representation"])


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 3), (2, 2, 2)])
def test_a_direction_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    batch = batch_of_two(np.eye(3))
    batch["direction"] = torch.ones(shape, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"n_structures, n_directions, 3\) with n_structures = 2"):
        build_representation(ISDPaiNN)(batch)


def test_without_a_direction_the_input_module_is_named() -> None:
    batch = batch_of_two(np.eye(3))
    del batch["direction"]
    with pytest.raises(KeyError, match="Directions"):
        build_representation(ISDPaiNN)(batch)
