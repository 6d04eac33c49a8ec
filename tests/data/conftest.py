"""Files in the published layouts."""

from support.published import folder  # noqa: F401  a fixture
