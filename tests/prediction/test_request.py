"""Requests for spectra."""

from __future__ import annotations

import itertools

import pytest

from schnetpack_isd.directions import CartesianDirection, LatticeDirection
from schnetpack_isd.prediction import PredictionRequest, Shard


def test_the_default_is_x_y_z_and_isotropic() -> None:
    request = PredictionRequest("in.xyz")
    assert request.labels == ("x", "y", "z", "isotropic")
    assert request.directions == (CartesianDirection(1, 0, 0), CartesianDirection(0, 1, 0), CartesianDirection(0, 0, 1))


def test_with_directions_the_average_is_optional() -> None:
    directions = [(1, 1, 0), LatticeDirection(1, 1, 0), "hkl(1 1 0)"]
    assert PredictionRequest("in.xyz", directions).labels == ("xyz(1 1 0)", "uvw[1 1 0]", "hkl(1 1 0)")
    assert PredictionRequest("in.xyz", ["z"], isotropic=True).labels == ("z", "isotropic")
    assert PredictionRequest("in.xyz", isotropic=True).labels == ("isotropic",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"directions": ["z", (0, 0, 1)]}, "The direction z occurs twice"),
        ({"directions": [(0, 0, 0)]}, r"Direction 0 is \[0\.0, 0\.0, 0\.0\]; it must be finite"),
        ({"intensity": "loud"}, 'must be "normalised" or "raw"'),
        ({"energy_shift": float("inf")}, "finite number of eV"),
    ],
)
def test_invalid_requests_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PredictionRequest("in.xyz", **arguments)


def test_shards_share_out_the_structures() -> None:
    parts = [Shard.parse(f"{part}/3") for part in (1, 2, 3)]
    taken = [[number for number in range(10) if part.has(number)] for part in parts]
    assert sorted(itertools.chain(*taken)) == list(range(10))
    assert [str(part) for part in parts] == ["1/3", "2/3", "3/3"]


@pytest.mark.parametrize("text", ["3/2", "0/2", "1", "a/b", "1/-2"])
def test_an_invalid_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="A shard must be I/N"):
        Shard.parse(text)
