"""ISDPaiNN beside schnetpack's PaiNN."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from schnetpack.atomistic import PairwiseDistances
from schnetpack.nn import CosineCutoff, ElectronicEmbedding, GaussianRBF, NuclearEmbedding
from schnetpack.representation import PaiNN
from support.models import CUTOFF, N_FEATURES
from support.structures import make_batch, random_molecule
from torch.autograd import forward_ad
from torch.fx.experimental.proxy_tensor import make_fx

from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN, cpu_inference, isd_painn

ARGUMENTS = {
    "plain": {},
    "shared interactions": {"shared_interactions": True},
    "shared filters": {"shared_filters": True},
    "tanh": {"activation": torch.tanh},
    "epsilon": {"epsilon": 1e-3},
}


def build(kind: type[PaiNN], **arguments: object) -> PaiNN:
    return kind(N_FEATURES, 3, GaussianRBF(8, CUTOFF), CosineCutoff(CUTOFF), **arguments).double()


def batch_of_two(directions: np.ndarray) -> dict[str, torch.Tensor]:
    batch = make_batch([random_molecule(1), random_molecule(2, n_atoms=5)], directions)
    batch["total_charge"] = torch.tensor([1.0, -1.0], dtype=torch.float64)
    return PairwiseDistances()(batch)


def assert_equals_painn(painn: PaiNN, isd_painn: ISDPaiNN) -> None:
    missing, unexpected = isd_painn.load_state_dict(painn.state_dict(), strict=False)
    assert (missing, unexpected) == ([], [])
    batch = batch_of_two(np.random.default_rng(0).standard_normal((2, 3)))
    ours, theirs = isd_painn(dict(batch)), painn(dict(batch))
    for number in range(2):
        for key in ("scalar_representation", "vector_representation"):
            torch.testing.assert_close(ours[key][:, number], theirs[key], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_without_both_changes_it_is_painn(name: str) -> None:
    painn = build(PaiNN, **ARGUMENTS[name])
    isd_painn = build(ISDPaiNN, symmetric_message=False, directional_embedding=False, **ARGUMENTS[name])
    assert_equals_painn(painn, isd_painn)


def test_embeddings_of_schnetpack_work() -> None:
    def embeddings() -> dict:
        return {
            "nuclear_embedding": NuclearEmbedding(101, N_FEATURES),
            "electronic_embeddings": [ElectronicEmbedding("total_charge", N_FEATURES, num_residual=1, is_charged=True)],
        }

    isd_painn = build(ISDPaiNN, symmetric_message=False, directional_embedding=False, **embeddings())
    assert_equals_painn(build(PaiNN, **embeddings()), isd_painn)


def test_weights_of_a_trained_painn_load() -> None:
    missing, unexpected = build(ISDPaiNN).load_state_dict(build(PaiNN).state_dict(), strict=False)
    assert missing == ["direction_embedding.weight"]
    assert unexpected == []


@pytest.mark.parametrize("numba", [True, False])
@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        *itertools.product(
            [ISDPaiNN, OCPISDPaiNN], [{}, {"symmetric_message": False}, {"directional_embedding": False}]
        ),
        (ISDPaiNN, {"shared_filters": True}),
    ],
)
def test_predictions_are_what_is_trained(
    monkeypatch: pytest.MonkeyPatch, kind: type[ISDPaiNN], arguments: dict[str, bool], numba: bool
) -> None:
    """Without gradients, messages are computed in another way: compiled, or in blocks."""
    representation = build(kind, **arguments)
    batch = batch_of_two(np.eye(3))
    batch["direction"] = torch.randn(2, 4, 3, dtype=torch.float64).transpose(0, 1).contiguous().transpose(0, 1)
    trained = representation(dict(batch))
    monkeypatch.setattr(isd_painn, "_CACHED", 7 * 4 * 3 * N_FEATURES)  # 7 of the 90 pairs
    assert cpu_inference.is_installed()
    if not numba:
        monkeypatch.setattr(cpu_inference, "is_installed", lambda: False)
    with torch.no_grad():
        predicted = representation(dict(batch))
    for key in ("scalar_representation", "vector_representation"):
        torch.testing.assert_close(predicted[key], trained[key], rtol=1e-11, atol=1e-13)


def test_graphs_and_derivatives_without_gradients() -> None:
    representation, batch = build(ISDPaiNN), batch_of_two(np.eye(3))
    expected = representation(dict(batch))["scalar_representation"]

    def features(direction: torch.Tensor) -> torch.Tensor:
        return representation(batch | {"direction": direction})["scalar_representation"]

    with torch.no_grad():
        traced = make_fx(features)(torch.ones_like(batch["direction"]))
        torch.testing.assert_close(traced(batch["direction"]), expected, rtol=1e-11, atol=1e-13)
        with forward_ad.dual_level():
            along = forward_ad.make_dual(batch["direction"], torch.ones_like(batch["direction"]))
            assert forward_ad.unpack_dual(features(along)).tangent.abs().max() > 1e-3


def test_compiled_messages_take_any_strides() -> None:
    """And any precision and integers; no pairs; but no atom that is not there."""
    block = isd_painn.ISDPaiNNInteraction(N_FEATURES, torch.tanh)
    q, mu = torch.randn(N_FEATURES, 2, 5).permute(2, 1, 0), torch.randn(N_FEATURES, 3, 2, 5).permute(3, 2, 1, 0)
    Wij, dir_ij = torch.randn(7, 1, 6 * N_FEATURES)[..., ::2], torch.randn(3, 7).T
    idx_i, idx_j = torch.randint(5, (7,), dtype=torch.int32), torch.randint(5, (7,), dtype=torch.int32)
    for n_pairs in (7, 0):
        pairs = (Wij[:n_pairs], dir_ij[:n_pairs], idx_i[:n_pairs], idx_j[:n_pairs], 5)
        expected = block(q, mu, *pairs)
        with torch.no_grad():
            torch.testing.assert_close(block(q, mu, *pairs), expected, rtol=1e-5, atol=1e-5)
    with torch.no_grad(), pytest.raises(IndexError, match=r"atoms 1 to 5; there are 5"):
        block(q, mu, Wij[:2], dir_ij[:2], torch.tensor([1, 2]), torch.tensor([1, 5]), 5)


def test_messages_compile_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    cpu_inference._compiled.cache_clear()
    test_compiled_messages_take_any_strides()
    cpu_inference._compiled.cache_clear()


@pytest.mark.parametrize("kind", [ISDPaiNN, OCPISDPaiNN])
def test_mixed_precision(kind: type[ISDPaiNN]) -> None:
    representation = build(kind).float()
    batch = {key: x.float() if x.is_floating_point() else x for key, x in batch_of_two(np.eye(3)).items()}
    expected = representation(dict(batch))["scalar_representation"]
    for trained in (True, False):
        with torch.autocast("cpu", torch.bfloat16), torch.set_grad_enabled(trained):
            found = representation(dict(batch))["scalar_representation"]
        assert 0 < (found - expected).abs().max() < 0.05 * expected.abs().max()


def test_features_have_a_direction_axis() -> None:
    result = build(ISDPaiNN)(batch_of_two(np.eye(3)[:2]))
    assert result["scalar_representation"].shape == (14, 2, N_FEATURES)
    assert result["vector_representation"].shape == (14, 2, 3, N_FEATURES)


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64])
def test_a_direction_of_another_type_is_the_same_direction(dtype: torch.dtype) -> None:
    representation, batch = build(ISDPaiNN), batch_of_two(np.eye(3))
    expected = representation(dict(batch))
    batch["direction"] = batch["direction"].to(dtype)
    result = representation(batch)
    torch.testing.assert_close(result["scalar_representation"], expected["scalar_representation"])


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 3), (2, 2, 2)])
def test_a_direction_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    batch = batch_of_two(np.eye(3))
    batch["direction"] = torch.ones(shape, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"n_structures, n_directions, 3\) with n_structures = 2"):
        build(ISDPaiNN)(batch)


def test_without_a_direction_the_input_module_is_named() -> None:
    batch = batch_of_two(np.eye(3))
    del batch["direction"]
    with pytest.raises(KeyError, match="Directions"):
        build(ISDPaiNN)(batch)
