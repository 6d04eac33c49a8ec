"""Optical constants near an edge."""

from typing import TYPE_CHECKING

import lazy_loader

# Modules are imported when they are used, so that commands check their arguments before they import PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "optics_file": ["predict_optics"],
        "predicted_index": ["OpticsRequest", "PredictedIndex", "parse_composition"],
    },
)

if TYPE_CHECKING:
    from .optics_file import predict_optics as predict_optics
    from .predicted_index import OpticsRequest as OpticsRequest
    from .predicted_index import PredictedIndex as PredictedIndex
    from .predicted_index import parse_composition as parse_composition
