"""Published weights of the authors of ISD-PaiNN, as models of SchNetPack."""

from .config import OCPSettings, read_config
from .import_to_file import describe_model, import_to_file
from .importing import PAPER_INTENSITY_SCALE, import_weights
from .zenodo import PUBLISHED_WEIGHTS, download_weights, load_published

__all__ = [
    "PAPER_INTENSITY_SCALE",
    "PUBLISHED_WEIGHTS",
    "OCPSettings",
    "describe_model",
    "download_weights",
    "import_to_file",
    "import_weights",
    "load_published",
    "read_config",
]
