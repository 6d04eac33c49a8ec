"""Files to convert."""

from pathlib import Path

import pytest
from support.published import folder  # noqa: F401  a fixture
from support.source import Source


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path)
