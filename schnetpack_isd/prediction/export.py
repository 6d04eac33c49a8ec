"""Output files of predicted spectra: formats, and writing that leaves nothing half-written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from numpy.typing import NDArray

from schnetpack_isd.utils.files import atomic_write, check_output, explain_full_disk, process_lock
from schnetpack_isd.utils.optional import LARCH, ROSETTASCIIO, OptionalLibrary
from schnetpack_isd.utils.spectrum_folder import check_replaceable, file_name, make_room

from .athena import write_athena
from .emsa import write_emsa
from .hyperspy import write_hspy
from .nexus import write_nexus
from .record import PredictionRecord
from .store import PredictedSpectrum, SpectrumStore
from .tables import write_csv, write_npz
from .xdi import write_xdi

__all__ = [
    "FORMATS",
    "STORE_ENDINGS",
    "TENSOR_ENDINGS",
    "OutputFile",
    "check_output_file",
    "check_store_ending",
    "check_tensor_ending",
    "output_file",
]

Writer: TypeAlias = Callable[[SpectrumStore, Path], None]

RowWriter: TypeAlias = Callable[[Path, PredictedSpectrum, NDArray, PredictionRecord], None]


@dataclass(frozen=True)
class OutputFile:
    """Output of a prediction.

    Attributes:
        path: the output; None if nothing is to be kept.
        store_path: temporary file for a :class:`~schnetpack_isd.prediction.store.StoreWriter`.
    """

    path: Path | None
    store_path: Path

    def publish(self) -> None:
        """Write the stored spectra to the output, in the format of its ending."""
        if self.path is None:
            return
        with atomic_write(self.path) as temporary, SpectrumStore(self.store_path) as store:
            FORMATS[self.path.suffix].write(store, temporary)
            make_room(self.path, temporary)


@contextmanager
def output_file(path: str | os.PathLike[str] | None, overwrite: bool = False) -> Iterator[OutputFile]:
    """Reserve an output, and provide a temporary file for its spectra.

    Args:
        path: file to write, whose ending is one of :data:`FORMATS`; None to keep nothing.
        overwrite: replace an output that exists.

    Raises:
        FileExistsError: the output exists and must not be overwritten.
        FileNotFoundError: the folder of the output does not exist.
        ImportError: the library for its format is not installed.
        ValueError: the ending is not known.
    """
    if path is None:
        with TemporaryDirectory() as folder:
            yield OutputFile(None, Path(folder) / "store.hdf5")
        return
    path = Path(path)
    check_output_file(path, overwrite)
    with process_lock(path):
        check_replaceable(path, overwrite)
        store_path = path.with_name(f".{path.name}.store")
        try:
            with explain_full_disk(path):
                yield OutputFile(path, store_path)
        finally:
            store_path.unlink(missing_ok=True)


def check_output_file(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Check that predictions can be written to a file.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ImportError: the library for its format is not installed.
        ValueError: its ending is not one of :data:`FORMATS`.
    """
    path = Path(path)
    if path.suffix not in FORMATS:
        raise ValueError(f"{path}: the name must end in one of {', '.join(FORMATS)}, which chooses the format.")
    if (library := FORMATS[path.suffix].library) is not None:
        library.check(f"to write {path}")
    check_output(path, overwrite)
    check_replaceable(path, overwrite)


def check_store_ending(path: str | os.PathLike[str] | None) -> None:
    """Check that an output is a store, as the output of a shard must be.

    Raises:
        ValueError: its ending is not one of :data:`STORE_ENDINGS`.
    """
    if path is None or Path(path).suffix not in STORE_ENDINGS:
        raise ValueError(
            f"The output of a shard must end in {' or '.join(STORE_ENDINGS)}; `spkisd merge` writes the other formats."
        )


def check_tensor_ending(path: str | os.PathLike[str] | None) -> None:
    """Check that an output can hold absorption tensors.

    Raises:
        ValueError: its ending is not one of :data:`TENSOR_ENDINGS`.
    """
    if path is None:
        raise ValueError("Tensors (`--tensor`) need an output; a figure does not show them.")
    if Path(path).suffix not in TENSOR_ENDINGS:
        raise ValueError(
            f"{path}: files that end in {Path(path).suffix} cannot hold tensors (`--tensor`); the name must end in one "
            f"of {', '.join(TENSOR_ENDINGS)}."
        )


def _write_hdf5(store: SpectrumStore, path: Path) -> None:
    try:
        path.hardlink_to(store.path)
    except OSError:  # not on every file system
        shutil.copyfile(store.path, path)


def _write_each(writer: RowWriter, ending: str) -> Writer:
    """Return the writer of a format that holds one spectrum: several are files in a folder."""

    def write(store: SpectrumStore, path: Path) -> None:
        if len(store) == 1:
            [row] = store.rows()
            writer(path, row, store.energies, store.record)
            return
        path.mkdir()
        for row in store.rows():
            writer(path / f"{file_name(row.name)}{ending}", row, store.energies, store.record)

    return write


@dataclass(frozen=True)
class OutputFormat:
    """Format of an output.

    Attributes:
        write: writes the spectra of a store to a file or folder.
        library: the library that it needs; None if it needs none.
    """

    write: Writer
    library: OptionalLibrary | None = None


FORMATS = {
    ".hdf5": OutputFormat(_write_hdf5),
    ".h5": OutputFormat(_write_hdf5),
    ".npz": OutputFormat(write_npz),
    ".csv": OutputFormat(write_csv),
    ".xdi": OutputFormat(_write_each(write_xdi, ".xdi")),
    ".prj": OutputFormat(write_athena, LARCH),
    ".nxs": OutputFormat(write_nexus),
    ".hspy": OutputFormat(write_hspy, ROSETTASCIIO),
    ".msa": OutputFormat(_write_each(write_emsa, ".msa"), ROSETTASCIIO),
}
"""Output formats by the ending of the file's name."""

STORE_ENDINGS = (".hdf5", ".h5")
"""Endings of outputs that :class:`~schnetpack_isd.prediction.SpectrumStore` opens."""

TENSOR_ENDINGS = (*STORE_ENDINGS, ".npz")
"""Endings of outputs that can hold absorption tensors."""
