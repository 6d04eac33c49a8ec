"""Files in the published layouts, and a server of them."""

from support.figshare import figshare  # noqa: F401  a fixture
from support.published import folder  # noqa: F401  a fixture
