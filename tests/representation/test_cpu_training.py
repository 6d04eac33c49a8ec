"""Compiled messages for training on a CPU give the numbers and gradients of the equation."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from support.models import build_representation
from support.structures import batch_of_two

from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN, TensorISDPaiNN, cpu_training
from schnetpack_isd.utils.compiled import compile_function

VARIANTS = {
    "ISDPaiNN": (ISDPaiNN, {}),
    "PaiNN's message": (ISDPaiNN, {"symmetric_message": False}),
    "no direction": (ISDPaiNN, {"directional_embedding": False}),
    "shared filters": (ISDPaiNN, {"shared_filters": True}),
    "OCPISDPaiNN": (OCPISDPaiNN, {}),
    "TensorISDPaiNN": (TensorISDPaiNN, {}),
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Compiled messages are for few threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    batch = batch_of_two(np.random.default_rng(0).standard_normal((4, 3)))
    return {key: value.detach() for key, value in batch.items()}


def features_and_gradients(representation: ISDPaiNN, batch: dict[str, torch.Tensor]) -> list[torch.Tensor]:
    """Features of the atoms, and the gradients of a function of them for every weight."""
    representation.zero_grad()
    results = representation(dict(batch))
    features = [value for key, value in results.items() if key.endswith("representation")]
    torch.manual_seed(1)
    sum((value**2 * torch.rand_like(value)).sum() for value in features).backward()
    return features + [weight.grad for weight in representation.parameters() if weight.grad is not None]


@pytest.mark.parametrize("name", VARIANTS)
def test_features_and_gradients_are_those_of_the_equation(
    name: str, batch: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, arguments = VARIANTS[name]
    representation, compiled = build_representation(kind, **arguments), []

    class Counted(cpu_training.CompiledMessages):
        @classmethod
        def apply(cls, *inputs: object) -> object:
            compiled.append(1)
            return super().apply(*inputs)

    monkeypatch.setattr(cpu_training, "CompiledMessages", Counted)
    found = features_and_gradients(representation, batch)
    assert len(compiled) == 3
    monkeypatch.setattr(cpu_training, "is_applicable", lambda *_: False)
    expected = features_and_gradients(representation, batch)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-11 * float(other.detach().abs().max()) + 1e-14)


def test_forces_are_those_of_the_equation(batch: dict[str, torch.Tensor]) -> None:
    representation = build_representation(ISDPaiNN)
    r_ij = batch["_Rij"].clone().requires_grad_()
    first = torch.autograd.grad(
        representation(batch | {"_Rij": r_ij})["scalar_representation"].square().sum(), r_ij, create_graph=True
    )[0]
    first.square().sum().backward()  # gradients of gradients, which compiled messages do not have
    assert r_ij.grad is not None
    assert r_ij.grad.abs().max() > 0


@pytest.mark.usefixtures("batch")
@pytest.mark.parametrize("reason", ["no Numba", "many threads", "no gradients", "half precision"])
def test_other_ways_are_taken_where_compiled_messages_do_not_apply(
    reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    q = torch.ones(2, 1, 3)
    if reason == "no Numba":
        monkeypatch.setitem(sys.modules, "numba", None)
        compile_function.cache_clear()
    if reason == "many threads":
        torch.set_num_threads(cpu_training.MOST_THREADS + 1)
    dtype = torch.bfloat16 if reason == "half precision" else torch.float32
    with torch.set_grad_enabled(reason != "no gradients"):
        assert not cpu_training.is_applicable(q, q, q.to(dtype), q, q)
    compile_function.cache_clear()
