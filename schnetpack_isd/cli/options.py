"""Types and texts that several subcommands share."""

from __future__ import annotations

import argparse
from typing import TypeAlias

__all__ = ["MODEL_HELP", "OUTPUT_HELP", "Subcommands"]

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Object to which subcommands are added."""

MODEL_HELP = (
    "best_model of a training (the file is unpickled: open only files that you trust), or the name of published "
    "weights such as random_split (for an unknown name, the message lists them)"
)

OUTPUT_HELP = "file to write: .csv, .npz, .hdf5 (or .h5), .xdi (for several spectra, a folder of files)"
