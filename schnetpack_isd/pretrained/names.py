"""Names of bundled models and of published weights."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["BUNDLED_MODELS", "DEFAULT_MODEL", "PUBLISHED_WEIGHTS", "check_model_name"]

BUNDLED_MODELS = {"ck_edge": Path(__file__).with_name("ck_edge.safetensors")}
"""Files of the models that come with this package, by name."""

DEFAULT_MODEL = "ck_edge"
"""Model of predictions if none is chosen."""

PUBLISHED_WEIGHTS = {
    "random_split": 10547719,  # the paper's model
    "scaffold_split": 10547719,  # trained on the scaffold split
    "wo_SM": 10566201,  # without symmetric message
    "wo_DE": 10566201,  # without directional embedding
    "wo_DE-SM": 10566201,  # without both
}
"""Records on Zenodo (doi:10.5281/zenodo.NUMBER) by the name of the weights."""


def check_model_name(name: str | os.PathLike[str]) -> None:
    """Check that a model is a file, or has the name of a bundled model or of published weights.

    Raises:
        FileNotFoundError: it is not.
    """
    path = Path(name)
    if path.is_dir():
        raise FileNotFoundError(f"{name} is a folder; give the file in it, `best_model` for example.")
    if not path.exists() and str(name) not in BUNDLED_MODELS | PUBLISHED_WEIGHTS:
        raise FileNotFoundError(
            f"{name}: no such file, and not the name of a bundled model ({', '.join(BUNDLED_MODELS)}) or of published "
            f"weights ({', '.join(PUBLISHED_WEIGHTS)})."
        )
