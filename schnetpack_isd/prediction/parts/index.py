"""Index of a folder with the parts of a prediction."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from schnetpack_isd.prediction.record import PredictionRecord
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.utils.files import atomic_write

__all__ = ["PARTS_ENDING", "PartIndex", "PartSettings", "is_parts_folder", "part_path", "prepare_folder"]

PARTS_ENDING = ".parts"
"""Ending of folders with the parts of a prediction."""

FORMAT = "schnetpack-isd parts 1"

NAME = "index.json"

STRUCTURES_IN_FOLDER = 1_000_000
"""Number of structures whose parts lie in one folder: file systems are slow with very many files in a folder."""


@dataclass(frozen=True)
class PartSettings:
    """Choices that decide which structures are predicted, and how they are divided into parts.

    Attributes:
        index: frames of each file, as ASE writes them.
        skip_invalid: leave out structures that cannot be read or predicted.
        allow_extrapolation: keep implausible intensities.
        batch_size: number of structures in a batch.
        atoms_in_part: largest number of atoms in a part of several batches.
    """

    index: str
    skip_invalid: bool
    allow_extrapolation: bool
    batch_size: int
    atoms_in_part: int

    @classmethod
    def of(cls, request: PredictionRequest, batch_size: int, atoms_in_part: int) -> PartSettings:
        """Return the settings of a request."""
        return cls(request.index, request.skip_invalid, request.allow_extrapolation, batch_size, atoms_in_part)


@dataclass(frozen=True)
class PartIndex:
    """Index of a folder of parts.

    Attributes:
        record: origin of the spectra; the numbers of skipped and implausible structures are known at the end.
        settings: choices of structures and parts.
        first_structures: number of the first structure of each part, ascending; None if parts are missing.
    """

    record: PredictionRecord
    settings: PartSettings
    first_structures: tuple[int, ...] | None = None

    @classmethod
    def read(cls, folder: Path) -> PartIndex:
        """Read the index of a folder.

        Raises:
            FileNotFoundError: there is no such folder.
            ValueError: it is not a folder of parts, or its index is damaged.
        """
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder}: no such folder.")
        if not is_parts_folder(folder):
            raise ValueError(f"{folder} has no {NAME}; `spkisd predict --dask` writes folders of parts.")
        path = folder / NAME
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["format"] != FORMAT:
                raise ValueError(f"its format is {values['format']!r}, expected {FORMAT!r}")
            first = values["first_structures"]
            settings = PartSettings(**values["settings"])
            record = PredictionRecord.from_attributes(values["record"], path)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is not an index of parts ({error}); predict again with `--force`.") from error
        return cls(record, settings, None if first is None else tuple(first))

    def write(self, folder: Path) -> None:
        """Write the index into a folder."""
        first = None if self.first_structures is None else list(self.first_structures)
        values = {
            "format": FORMAT,
            "record": self.record.to_attributes(),
            "settings": asdict(self.settings),
            "first_structures": first,
        }
        with atomic_write(folder / NAME) as temporary:
            temporary.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")

    def differences(self, other: PartIndex) -> tuple[str, ...]:
        """Compare two indices as those of one prediction.

        Returns:
            A phrase such as "`sites` is no, expected yes" for each value of `other` that differs.
        """
        ours, theirs = asdict(self.settings), asdict(other.settings)
        settings = (f"`{name}` is {theirs[name]}, expected {ours[name]}" for name in ours if theirs[name] != ours[name])
        return (*self.record.differences(other.record), *settings)


def is_parts_folder(path: Path) -> bool:
    """Return whether a path is a folder of parts."""
    return (path / NAME).is_file()


def part_path(folder: Path, first: int) -> Path:
    """Return the file of a part.

    Args:
        folder: the folder of parts.
        first: number of the first structure of the part.
    """
    return folder / f"{first // STRUCTURES_IN_FOLDER:06d}" / f"{first:012d}.hdf5"


def prepare_folder(folder: Path, index: PartIndex, overwrite: bool) -> None:
    """Begin a folder of parts, or check that the parts in it belong to the same prediction.

    Args:
        folder: the folder, which :func:`~schnetpack_isd.prediction.parts.checks.check_parts_output` has checked.
        index: index of the prediction that is to be written.
        overwrite: remove the parts that the folder holds.

    Raises:
        FileExistsError: the folder has parts of another prediction and must not be overwritten.
    """
    if overwrite:
        for path in (*folder.glob("*/*.hdf5"), folder / NAME):  # the index last: it says whose the parts are
            path.unlink(missing_ok=True)
    if any(folder.glob("*/*.hdf5")):
        if differences := index.differences(PartIndex.read(folder)):
            raise FileExistsError(
                f"{folder} has parts of another prediction: {differences[0]}. Give the output another name, or replace "
                "it with `--force`, or in Python with `overwrite=True`."
            )
        return
    folder.mkdir(exist_ok=True)
    index.write(folder)
