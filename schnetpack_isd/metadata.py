"""What a spectrum database says of itself."""

from __future__ import annotations

from typing import Any

from schnetpack.data import BaseAtomsData

__all__ = ["read_metadata"]

METADATA_KEY = "core_excitation"


def read_metadata(dataset: BaseAtomsData) -> dict[str, Any]:
    """Read the metadata that the converter wrote into a database.

    Args:
        dataset: SchNetPack data set of a converted database.

    Returns:
        `energies` (eV), `sigma` (eV), `scale` as asked for, `intensity_scale`, `directions`, `absorbing_element`,
        `tensor`, `all_sites`, `n_sites`, `level_of_theory`, `source` and `version`.

    Raises:
        ValueError: the database was not made by the converter.
    """
    metadata = dataset.metadata
    if METADATA_KEY not in metadata:
        path = getattr(dataset, "datapath", "The data set")
        raise ValueError(f"{path} has no energy axis; make spectrum databases with `spkisd convert`.")
    return metadata[METADATA_KEY]
