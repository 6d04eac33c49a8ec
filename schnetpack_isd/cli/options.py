"""Types and texts that several subcommands share."""

from __future__ import annotations

import argparse
from typing import TypeAlias

__all__ = ["MODEL_HELP", "OUTPUT_HELP", "TRUST_HELP", "Subcommands"]

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Object to which subcommands are added."""

MODEL_HELP = (
    "best_model of a training, or the name of the bundled model, ck_edge, or of published weights such as random_split "
    "(for an unknown name, the message lists them)"
)

TRUST_HELP = "accept a model with modules of other packages; such a file can run code: use it for files that you trust"

OUTPUT_HELP = (
    "file to write: .csv, .npz, .hdf5 (or .h5), .xdi (Larch, Athena), .prj (Athena), .hspy (HyperSpy), .msa, "
    ".nxs (NeXus); .xdi and .msa are a folder of files for several spectra"
)
