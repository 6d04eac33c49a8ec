"""Reader of Athena projects (`.prj`), through Larch."""

from __future__ import annotations

import numpy as np

from schnetpack_isd.utils.optional import LARCH

from .scan_table import ScanTable

__all__ = ["read_athena_file"]


def read_athena_file(source: str, path: str) -> list[ScanTable]:
    """Read the groups of an Athena project, each a table of its own with the columns energy and mu.

    The energies have Athena's shift (E0 shift) added. The absorption is as stored, not normalised.

    Args:
        source: name of the file for messages.
        path: the file.

    Raises:
        ImportError: Larch is not installed.
        ValueError: Larch cannot read the file, or it has no group of absorption.
    """
    read = LARCH.load("larch.io", f"to read {source}").read_athena
    try:
        project = read(path, do_preedge=False)
    except Exception as error:
        raise ValueError(f"{source}: Larch cannot read this Athena project ({error}).") from error
    groups = [group for group in project.groups.values() if hasattr(group, "mu")]
    if not groups:
        raise ValueError(f"{source} has no group with an absorption spectrum.")
    tables = []
    for group in groups:
        energies = np.asarray(group.energy) + float(getattr(group.athena_params.bkg, "eshift", 0.0))
        label = str(getattr(group, "label", group.athena_params.id))
        values = np.column_stack([energies, group.mu])
        tables.append(ScanTable(f"{source}, group {label}", values, ("energy", label), column=2))
    return tables
