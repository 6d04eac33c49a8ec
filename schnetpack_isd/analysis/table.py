"""Files of spectra that are derived from a prediction: columns with standard deviations, and a record."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.prediction.record import PredictionRecord
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.pretrained.names import check_model_name
from schnetpack_isd.utils.files import atomic_write, check_not_input, check_output, process_lock, refuse_existing

__all__ = ["ENDINGS", "Column", "Table", "check_outputs", "default_output", "write_table"]

LEFT_OUT = ("labels", "sites", "tensor", "isotropic_average", "skipped")
"""Attributes of a :class:`~schnetpack_isd.prediction.PredictionRecord` that say nothing of derived spectra."""


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
        record: origin of the prediction.
    """

    energies: NDArray
    columns: Sequence[Column]
    settings: Mapping[str, str | float]
    record: PredictionRecord

    @property
    def attributes(self) -> dict[str, str | float]:
        """Record and settings by name."""
        record = {name: value for name, value in self.record.to_attributes().items() if name not in LEFT_OUT}
        return {**record, **self.settings}


def check_outputs(
    request: PredictionRequest,
    model: object,
    output: str | os.PathLike[str] | None,
    figure: str | os.PathLike[str] | None,
    overwrite: bool,
) -> None:
    """Check that the inputs of a command exist, and that its outputs can be written.

    Args:
        request: the structures.
        model: path or name of a model, or anything else that is a model.
        output: table to write, or None.
        figure: figure to draw, or None.
        overwrite: replace outputs that exist.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: the structures, the model or the folder of an output do not exist.
        ValueError: there is nothing to write, an output is an input or has an unknown ending.
    """
    request.check_structures()
    if isinstance(model, str | os.PathLike):
        check_model_name(model)
    if output is None and figure is None:
        raise ValueError("There is nothing to write: give an output or a figure.")
    for path, others in ((output, (figure,)), (figure, ())):
        if path is not None:
            check_not_input(path, (*request.files, getattr(model, "path", model)), others)
    if output is not None:
        if Path(output).suffix not in ENDINGS:
            raise ValueError(f"{output}: the name must end in one of {', '.join(ENDINGS)}, which chooses the format.")
        check_output(output, overwrite)
    if figure is not None:
        from schnetpack_isd.plotting import check_figure

        check_figure(figure, overwrite)


def default_output(structure: str | os.PathLike[str], kind: str) -> str:
    """Return a name for the table if there is none: that of the structure, in the working folder."""
    return f"{Path(structure).name.split('.')[0] or 'structure'}_{kind}.csv"


def write_table(table: Table, path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Write spectra to a file.

    Args:
        table: the spectra.
        path: file to write; its ending is one of :data:`ENDINGS`.
        overwrite: replace a file that exists.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
    """
    path = Path(path)
    with process_lock(path):
        refuse_existing(path, overwrite)
        with atomic_write(path) as temporary:
            ENDINGS[path.suffix](table, temporary)


def _write_csv(table: Table, path: Path) -> None:
    """Write columns, each followed by its standard deviation; comments have the record and describe the columns."""
    names, arrays = ["energy_eV"], [table.energies]
    with path.open("w", encoding="utf-8") as file:
        for key, value in table.attributes.items():
            file.write(f"# {key}: {' '.join(str(value).split())}\n")
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
