"""Progress of long work."""

from __future__ import annotations

import io
import sys
import time

import pytest

from schnetpack_isd.utils.progress import show_progress


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_short_work_shows_nothing(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream())
    assert list(show_progress(range(100), "working")) == list(range(100))
    assert sys.stderr.getvalue().strip() == ""


def test_a_file_gets_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr("schnetpack_isd.utils.progress.LOG_INTERVAL", 0.05)
    for _ in show_progress(range(300), "working", unit="molecules"):
        time.sleep(0.001)
    assert 0 < sys.stderr.getvalue().count("working") < 30


def test_nothing_is_shown_unless_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr("schnetpack_isd.utils.progress.LOG_INTERVAL", 0.0)
    list(show_progress(range(10), "working", show=False))
    assert sys.stderr.getvalue() == ""
