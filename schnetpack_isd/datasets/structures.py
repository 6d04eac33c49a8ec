"""Structures by id."""

from __future__ import annotations

from os import PathLike

from ase import Atoms
from ase.io import iread

__all__ = ["read_structures"]


def read_structures(path: str | PathLike) -> dict[int, Atoms]:
    """Read structures from an extended XYZ file whose frames have an integer ``id`` in their comment line.

    Args:
        path: the file.

    Returns:
        The structures by id.

    Raises:
        ValueError: there is no frame, or one cannot be read, has no integer ``id``, or an id that occurred before.
    """
    structures: dict[int, Atoms] = {}
    try:
        for number, atoms in enumerate(iread(path, index=":", format="extxyz")):
            structure_id = atoms.info.get("id")
            if not isinstance(structure_id, int) and not hasattr(structure_id, "__index__"):
                raise ValueError(f"frame {number} has no integer `id` in its comment line (found {structure_id!r}).")
            if int(structure_id) in structures:
                raise ValueError(f"frame {number} has id {structure_id}, which an earlier frame has.")
            structures[int(structure_id)] = atoms
    except (ValueError, KeyError, IndexError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"{path}: {error}") from error
    if not structures:
        raise ValueError(f"{path}: there is no structure in this file.")
    return structures
