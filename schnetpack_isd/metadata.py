"""What a spectrum database says of itself."""

from __future__ import annotations

import os
from typing import Any

from schnetpack.data import ASEAtomsData, BaseAtomsData

__all__ = ["open_database", "read_metadata"]

METADATA_KEY = "core_excitation"


def open_database(datapath: str) -> ASEAtomsData:
    """Open a database.

    Raises:
        FileNotFoundError: it does not exist.
        ValueError: it is not a database of SchNetPack's kind.
    """
    if not os.path.exists(datapath):
        raise FileNotFoundError(f"{datapath}: no such file.")
    try:
        return ASEAtomsData(datapath)
    except Exception as error:  # whatever SQLite, ASE and SchNetPack raise
        raise ValueError(f"{datapath}: not a database of SchNetPack's kind ({error}).") from error


def read_metadata(dataset: BaseAtomsData) -> dict[str, Any]:
    """Read the metadata that the converter wrote into a database.

    Args:
        dataset: SchNetPack data set of a converted database.

    Returns:
        `energies` (eV), `sigma` (eV), `scale` as asked for, `intensity_scale`, `directions`, `absorbing_element`,
        `tensor`, `all_sites`, `n_sites`, `elements`, `level_of_theory`, `source` and `version`.

    Raises:
        ValueError: the database was not made by the converter.
    """
    metadata = dataset.metadata
    if METADATA_KEY not in metadata:
        path = getattr(dataset, "datapath", "The data set")
        raise ValueError(f"{path} has no energy axis; make spectrum databases with `spkisd convert`.")
    return metadata[METADATA_KEY]
