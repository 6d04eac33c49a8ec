"""Reader of structures with ids, from extended XYZ or any form of QM9."""

from __future__ import annotations

from collections.abc import Container, Iterator
from os import PathLike

import numpy as np
from ase import Atoms
from ase.io import iread

from schnetpack_isd.transform import check_atoms

from .file_list import is_file_list, read_file_list
from .qm9 import Frames, read_archive, read_database, read_sdf

__all__ = ["Structures", "iter_structures"]


def iter_structures(
    path: str | PathLike, wanted: Container[int], uncharacterized: frozenset[int] = frozenset()
) -> Frames:
    """Read structures in the order of the file, whose ending decides the format.

    ``.tar.bz2`` is QM9's archive, ``.sdf`` its other form (needs RDKit), ``.db`` an ASE database: SchNetPack's QM9 or
    one with a key ``molecule_id``, ``.sha256`` a list of files (:func:`~schnetpack_isd.data.sources.read_file_list`).
    Anything else is extended XYZ, each frame with its integer ``id`` in the comment line.

    Args:
        path: the file.
        wanted: ids of the structures to return.
        uncharacterized: ids in QM9's list of uncharacterised molecules, see
            :func:`~schnetpack_isd.data.sources.read_uncharacterized`; a QM9 database without these molecules needs it.

    Yields:
        Each id with its structure, or with None if it is not wanted. ``atoms.info`` has the SMILES if the file does.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: RDKit is needed and not installed.
        ValueError: the file cannot be read, has an id twice, a structure that cannot exist
            (:func:`~schnetpack_isd.transform.check_atoms`), or rows with unknown ids.
    """
    name = str(path).lower()
    frames: Frames
    if is_file_list(path):
        frames = (frame for file in read_file_list(path) for frame in iter_structures(file, wanted, uncharacterized))
    elif name.endswith((".tar.bz2", ".tar.gz", ".tar")):
        frames = read_archive(path, wanted)
    elif name.endswith(".sdf"):
        frames = read_sdf(path, wanted)
    elif name.endswith(".db"):
        frames = read_database(path, wanted, uncharacterized)
    else:
        frames = _read_extxyz(path)
    seen = set()
    for structure_id, atoms in frames:
        if structure_id in seen:
            raise ValueError(f"{path}: id {structure_id} occurs twice.")
        seen.add(structure_id)
        if atoms is not None and structure_id in wanted:
            try:
                check_atoms(atoms)
            except ValueError as error:
                raise ValueError(f"{path}: structure with id {structure_id}: {error}.") from error
        yield structure_id, atoms if structure_id in wanted else None
    if not seen:
        raise ValueError(f"{path}: there is no structure in this file.")


class Structures:
    """Structures by id, read from the file as far as necessary.

    Buffers structures that the file lists before they are requested; none if the orders agree.
    """

    def __init__(self, path: str | PathLike, frames: Frames) -> None:
        """Set up with a reader.

        Args:
            path: the file, for messages.
            frames: structures from :func:`iter_structures`.
        """
        self.path = path
        self._frames = frames
        self._kept: dict[int, Atoms] = {}

    def take(self, structure_id: int) -> Atoms:
        """Return a structure and forget it.

        Raises:
            ValueError: there is no structure with this id, or the file is invalid.
        """
        while structure_id not in self._kept:
            found, atoms = next(self._frames, (None, None))
            if found is None:
                raise ValueError(
                    f"{self.path} has no structure with id {structure_id}; it must have one for each molecule of the "
                    "spectra."
                )
            if atoms is not None:
                self._kept[found] = atoms
        return self._kept.pop(structure_id)

    def read_to_the_end(self) -> None:
        """Check the rest of the file."""
        for _ in self._frames:
            pass


def _read_extxyz(path: str | PathLike) -> Frames:
    for number, atoms in enumerate(_extxyz_frames(path)):
        structure_id = atoms.info.get("id")
        if not isinstance(structure_id, (int, np.integer)):
            raise ValueError(f"{path}: frame {number} has no integer `id` in its comment line, but {structure_id!r}.")
        yield int(structure_id), atoms


def _extxyz_frames(path: str | PathLike) -> Iterator[Atoms]:
    try:
        yield from iread(str(path), index=":", format="extxyz")
    except FileNotFoundError:
        raise
    except Exception as error:  # ASE's parser raises errors of many kinds
        raise ValueError(f"{path}: not a readable extended XYZ file ({error}).") from error
