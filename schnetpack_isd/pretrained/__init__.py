"""Models by name: the bundled one, and the published weights of the authors of ISD-PaiNN."""

from typing import TYPE_CHECKING

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "config": ["OCPSettings", "read_config"],
        "import_to_file": ["describe_model", "import_to_file"],
        "importing": ["PAPER_INTENSITY_SCALE", "import_weights"],
        "names": ["BUNDLED_MODELS", "DEFAULT_MODEL", "PUBLISHED_WEIGHTS"],
        "zenodo": ["download_weights", "load_published"],
    },
)

if TYPE_CHECKING:
    from .config import OCPSettings as OCPSettings
    from .config import read_config as read_config
    from .import_to_file import describe_model as describe_model
    from .import_to_file import import_to_file as import_to_file
    from .importing import PAPER_INTENSITY_SCALE as PAPER_INTENSITY_SCALE
    from .importing import import_weights as import_weights
    from .names import BUNDLED_MODELS as BUNDLED_MODELS
    from .names import DEFAULT_MODEL as DEFAULT_MODEL
    from .names import PUBLISHED_WEIGHTS as PUBLISHED_WEIGHTS
    from .zenodo import download_weights as download_weights
    from .zenodo import load_published as load_published
