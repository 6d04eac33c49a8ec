"""Pause of the garbage collector."""

from __future__ import annotations

import gc

from schnetpack_isd.utils.collector import collector_paused


def test_the_collector_runs_again_after_the_outermost_pause() -> None:
    assert gc.isenabled()
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
