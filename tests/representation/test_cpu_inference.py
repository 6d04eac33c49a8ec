"""The fast path of inference on a CPU gives the numbers of the equation."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from support.models import N_FEATURES, build_representation
from support.structures import batch_of_two
from torch.autograd import forward_ad
from torch.fx.experimental.proxy_tensor import make_fx

from schnetpack_isd.representation import ISDPaiNN, ISDPaiNNInteraction, OCPISDPaiNN, cpu_inference
from schnetpack_isd.representation.cpu_inference import BLOCK_SIZE, compile_messages
from schnetpack_isd.utils.compiled import compile_function

ABLATIONS = ({}, {"symmetric_message": False}, {"directional_embedding": False})
VARIANTS = [*itertools.product([ISDPaiNN, OCPISDPaiNN], ABLATIONS), (ISDPaiNN, {"shared_filters": True})]


@pytest.fixture
def _forget_compilation() -> Iterator[None]:
    compile_function.cache_clear()
    yield
    compile_function.cache_clear()


@pytest.fixture
def _without_numba(monkeypatch: pytest.MonkeyPatch, _forget_compilation: None) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)


def assert_inference_equals_training(kind: type[ISDPaiNN], arguments: dict[str, bool]) -> None:
    representation, n_directions = build_representation(kind, **arguments), 200
    assert 90 * n_directions * 3 * N_FEATURES > 2 * BLOCK_SIZE  # the messages of all pairs need several blocks
    batch = batch_of_two(np.eye(3))
    batch["direction"] = torch.randn(n_directions, 2, 3, dtype=torch.float64).transpose(0, 1)
    trained = representation(dict(batch))
    with torch.no_grad():
        predicted = representation(dict(batch))
    for key in ("scalar_representation", "vector_representation"):
        torch.testing.assert_close(predicted[key], trained[key], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(("kind", "arguments"), VARIANTS)
def test_compiled_messages_equal_those_of_training(kind: type[ISDPaiNN], arguments: dict[str, bool]) -> None:
    assert compile_messages() is not None
    assert_inference_equals_training(kind, arguments)


@pytest.mark.parametrize("numba", [True, False])
@pytest.mark.parametrize(("kind", "arguments"), VARIANTS)
def test_filters_in_parts_equal_those_of_training(
    kind: type[ISDPaiNN],
    arguments: dict[str, bool],
    numba: bool,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not numba:
        request.getfixturevalue("_without_numba")
    monkeypatch.setattr(cpu_inference, "MANY_PAIRS", 40)
    assert_inference_equals_training(kind, arguments)


@pytest.mark.usefixtures("_without_numba")
@pytest.mark.parametrize(("kind", "arguments"), VARIANTS)
def test_messages_in_blocks_equal_those_of_training_without_numba(
    kind: type[ISDPaiNN], arguments: dict[str, bool]
) -> None:
    assert compile_messages() is None
    assert_inference_equals_training(kind, arguments)


def test_a_traced_graph_computes_other_directions() -> None:
    representation, batch = build_representation(ISDPaiNN), batch_of_two(np.eye(3))
    expected = representation(dict(batch))["scalar_representation"]

    def features(direction: torch.Tensor) -> torch.Tensor:
        return representation(batch | {"direction": direction})["scalar_representation"]

    with torch.no_grad():
        traced = make_fx(features)(torch.ones_like(batch["direction"]))
        torch.testing.assert_close(traced(batch["direction"]), expected, rtol=1e-11, atol=1e-13)


def test_forward_derivatives_are_kept_without_gradients() -> None:
    representation, batch = build_representation(ISDPaiNN), batch_of_two(np.eye(3))
    with torch.no_grad(), forward_ad.dual_level():
        batch["direction"] = forward_ad.make_dual(batch["direction"], torch.ones_like(batch["direction"]))
        features = representation(batch)["scalar_representation"]
        assert forward_ad.unpack_dual(features).tangent.abs().max() > 1e-3


def random_messages() -> tuple[ISDPaiNNInteraction, list[torch.Tensor]]:
    """An interaction block in float32, with features and pairs that have unusual strides and 32-bit indices."""
    block = ISDPaiNNInteraction(N_FEATURES, torch.tanh)
    q, mu = torch.randn(N_FEATURES, 2, 5).permute(2, 1, 0), torch.randn(N_FEATURES, 3, 2, 5).permute(3, 2, 1, 0)
    Wij, dir_ij = torch.randn(7, 1, 6 * N_FEATURES)[..., ::2], torch.randn(3, 7).T
    idx_i, idx_j = torch.randint(5, (2, 7), dtype=torch.int32)
    return block, [q, mu, Wij, dir_ij, idx_i, idx_j]


def assert_random_messages_equal_those_of_training(n_pairs: int) -> None:
    block, (q, mu, *pairs) = random_messages()
    pairs = [values[:n_pairs] for values in pairs]
    expected = block(q, mu, *pairs, 5)
    with torch.no_grad():
        torch.testing.assert_close(block(q, mu, *pairs, 5), expected, rtol=1e-5, atol=1e-5)


def test_compiled_messages_accept_any_strides_and_32_bit_indices() -> None:
    assert_random_messages_equal_those_of_training(n_pairs=7)


def test_compiled_messages_accept_no_pairs() -> None:
    assert_random_messages_equal_those_of_training(n_pairs=0)


def test_a_pair_with_an_atom_that_does_not_exist_is_refused() -> None:
    block, (q, mu, Wij, dir_ij, *_) = random_messages()
    with torch.no_grad(), pytest.raises(IndexError, match=r"atoms 1 to 5; there are 5"):
        block(q, mu, Wij[:2], dir_ij[:2], torch.tensor([1, 2]), torch.tensor([1, 5]), 5)


@pytest.mark.usefixtures("_forget_compilation")
def test_messages_are_computed_although_the_cache_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.load", lambda *_: None)
    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", fail)
    assert_random_messages_equal_those_of_training(n_pairs=7)


@pytest.mark.usefixtures("_forget_compilation")
def test_messages_compile_without_a_writable_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert_random_messages_equal_those_of_training(n_pairs=7)
