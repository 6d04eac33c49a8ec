"""Description of a run's data, stored in checkpoints and compared when the run is resumed."""

from __future__ import annotations

from typing import Any

from schnetpack.data import ASEAtomsData

from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.spectra.broadening import Broadening

__all__ = ["data_differences", "describe_data"]


def describe_data(dataset: ASEAtomsData, training_ids: list[int] | None) -> dict[str, Any]:
    """Return the settings and sources of a database, and the molecules of the training part, as plain values."""
    metadata = DatabaseMetadata.read(dataset)
    sources = {role: file.describe(16) for role, file in metadata.sources.items()}
    return {**metadata.settings.to_json(), **sources, "training molecules": training_ids}


def data_differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return a phrase such as "broadening: 0.5 before, 0.3 now" for each difference between two descriptions."""
    if "sigma" in before:  # of runs with a constant width
        before = before | {"broadening": str(Broadening.constant(before["sigma"]))}
        del before["sigma"]
    return [
        name if isinstance(now.get(name), list) else f"{name}: {before.get(name)} before, {now.get(name)} now"
        for name in before | now
        if before.get(name) != now.get(name)
    ]
