"""Mapping over batches in threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from schnetpack_isd.prediction.threads import map_in_threads


@pytest.fixture(autouse=True)
def _three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_results_keep_the_order_of_the_items() -> None:
    assert list(map_in_threads(lambda x: x**2, range(50))) == [x**2 for x in range(50)]


def test_threads_are_given_back_when_the_iteration_stops() -> None:
    mapped = map_in_threads(lambda _: torch.get_num_threads(), range(20))
    assert next(mapped) == 1
    mapped.close()
    assert torch.get_num_threads() == 3
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == 3


def test_errors_are_raised_and_threads_given_back() -> None:
    with pytest.raises(ZeroDivisionError):
        list(map_in_threads(lambda x: 1 / (x - 15), range(40)))
    assert torch.get_num_threads() == 3


def test_items_are_read_as_they_are_needed() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            read.append(item)
            yield item

    mapped = map_in_threads(lambda x: x, items())
    next(mapped)
    assert len(read) <= 5
    mapped.close()
