"""`torch.compile` and `torch.export` give the numbers of eager mode."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from support.structures import make_batch, random_molecule

DIRECTIONS = np.random.default_rng(7).standard_normal((4, 3))
BACKEND = "aot_eager"
"""Backend that makes graphs as Inductor does, but needs no C++ compiler."""


def batch() -> dict[str, torch.Tensor]:
    return make_batch([random_molecule(1), random_molecule(2, n_atoms=5)], DIRECTIONS)


class Exportable(torch.nn.Module):
    """Wrapper that copies the input dictionary: a model writes to it, which an exported program must not do."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return self.model(dict(inputs))


def test_the_representation_compiles_to_one_graph(make_either_model: Callable) -> None:
    model = make_either_model()
    inputs = model.input_modules[0](batch())
    compiled = torch.compile(model.representation, fullgraph=True, backend=BACKEND)
    expected, result = model.representation(dict(inputs)), compiled(dict(inputs))
    for key in ("scalar_representation", "vector_representation"):
        torch.testing.assert_close(result[key], expected[key], rtol=1e-10, atol=1e-12)


def test_a_compiled_model_predicts_the_same(make_either_model: Callable) -> None:
    model = make_either_model(head={"aggregation_mode": "sum"})
    expected, result = model(batch()), torch.compile(model, backend=BACKEND)(batch())
    assert expected.keys() == result.keys()
    for key, value in expected.items():
        torch.testing.assert_close(result[key], value, rtol=1e-10, atol=1e-12)


def test_a_model_computes_on_the_device_it_is_moved_to(
    make_either_model: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the device `meta`, which needs no GPU: its tensors have no values and refuse tensors of other devices."""
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)  # skips the checks of values
    model = make_either_model()
    inputs = {name: tensor.to("meta") for name, tensor in model.input_modules[0](batch()).items()}
    result = model.representation.to("meta")(inputs)
    assert result["scalar_representation"].device.type == "meta"


def test_an_exported_model_predicts_other_structures_and_directions(make_either_model: Callable) -> None:
    model = make_either_model(head={"aggregation_mode": "sum"})
    sizes = {length: torch.export.Dim(name) for length, name in ((14, "atoms"), (90, "pairs"), (2, "structures"))}
    shapes = {key: {0: sizes[len(value)]} for key, value in batch().items()}
    shapes["direction"][1] = torch.export.Dim("directions")
    exported = torch.export.export(Exportable(model), (batch(),), dynamic_shapes=(shapes,), strict=False)

    others = make_batch([random_molecule(seed, n_atoms=seed) for seed in (3, 6, 7)], DIRECTIONS[:2])
    expected, result = model(dict(others)), exported.module()(dict(others))
    assert expected.keys() == result.keys()
    for key, value in expected.items():
        torch.testing.assert_close(result[key], value, rtol=1e-10, atol=1e-12)
