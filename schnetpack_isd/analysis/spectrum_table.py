"""Files of spectra that are derived from a prediction: columns with standard deviations, and a record."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .outputs import open_table, write_comments

__all__ = ["ENDINGS", "Column", "Table", "write_spectra"]


@dataclass(frozen=True)
class Column:
    """A spectrum.

    Attributes:
        name: short name without spaces and commas.
        description: one line.
        values: (n_energies,) intensities.
        std: (n_energies,) their standard deviation by an ensemble; None for a single model.
    """

    name: str
    description: str
    values: NDArray
    std: NDArray | None = None


@dataclass(frozen=True)
class Table:
    """Spectra on one axis, and what they are.

    Attributes:
        energies: (n_energies,) axis in eV.
        columns: the spectra.
        settings: what the spectra were made with, as text or numbers by name.
        origin: origin of the prediction, likewise.
    """

    energies: NDArray
    columns: Sequence[Column]
    settings: Mapping[str, str | float]
    origin: Mapping[str, str | float]

    @property
    def attributes(self) -> dict[str, str | float]:
        """Origin and settings by name."""
        return {**self.origin, **self.settings}


def write_spectra(table: Table, path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Write spectra to a file.

    Args:
        table: the spectra.
        path: file to write; its ending is one of :data:`ENDINGS`.
        overwrite: replace a file that exists.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is not one of :data:`ENDINGS`.
    """
    with open_table(path, overwrite, ENDINGS) as temporary:
        ENDINGS[temporary.suffix](table, temporary)


def _write_csv(table: Table, path: Path) -> None:
    """Write columns, each followed by its standard deviation; comments have the record and describe the columns."""
    names, arrays = ["energy_eV"], [table.energies]
    with path.open("w", encoding="utf-8") as file:
        write_comments(file, table.attributes)
        for column in table.columns:
            names.append(column.name)
            arrays.append(column.values)
            file.write(f"# column {len(names)}: {column.description}\n")
            if column.std is not None:
                names.append(f"{column.name}_std")
                arrays.append(column.std)
                file.write(f"# column {len(names)}: standard deviation of column {len(names) - 1}\n")
        file.write(",".join(names) + "\n")
        np.savetxt(file, np.stack(arrays, axis=1), fmt=["%.7f"] + ["%.6g"] * (len(names) - 1), delimiter=",")


def _write_npz(table: Table, path: Path) -> None:
    """Write an array for each column and each standard deviation; `attributes` is JSON."""
    arrays = {"energies": table.energies, "attributes": np.array(json.dumps(table.attributes, ensure_ascii=False))}
    for column in table.columns:
        arrays[column.name] = column.values
        if column.std is not None:
            arrays[f"{column.name}_std"] = column.std
    np.savez(path, **arrays)  # type: ignore[arg-type]


ENDINGS = {".csv": _write_csv, ".npz": _write_npz}
"""Writers of the formats by the ending of the file's name."""
