"""Work in several processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from schnetpack_isd.utils.parallel import map_in_order

WAIT = """
import time
from schnetpack_isd.utils.parallel import map_in_order, process_pool
with process_pool(2, int) as pool:
    for number in map_in_order(pool, abs, range(1000), ahead=4):
        print(number, flush=True)
        time.sleep(0.1)
"""


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def test_results_are_in_order_and_items_are_not_read_far_ahead(pool: ThreadPoolExecutor) -> None:
    taken, second = [], threading.Event()

    def items() -> Iterator[int]:
        for number in range(20):
            taken.append(number)
            yield number

    def function(number: int) -> int:
        if number == 0:
            second.wait()  # the first is finished after the second
        elif number == 1:
            second.set()
        return -number

    results = map_in_order(pool, function, items(), ahead=4)
    assert next(results) == 0
    assert taken == [0, 1, 2, 3]
    assert list(results) == [-number for number in range(1, 20)]


def test_an_error_of_an_item_does_not_overtake_results(pool: ThreadPoolExecutor) -> None:
    def items() -> Iterator[int]:
        yield from (1, 2)
        raise ValueError("no third")

    results = map_in_order(pool, abs, items(), ahead=4)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(ValueError, match="no third"):
        next(results)


def test_workers_end_with_their_parent() -> None:

    process = subprocess.Popen([sys.executable, "-c", WAIT], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "0\n"
    process.kill()
    process.communicate(timeout=60)  # until the last process has closed the pipe
