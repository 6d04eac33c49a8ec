"""Structures by id."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike

import numpy as np
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
        FileNotFoundError: there is no such file.
        ValueError: there is no frame, or one cannot be read, has no integer ``id`` or one that occurred before, or a
            coordinate that is not finite.
    """
    structures: dict[int, Atoms] = {}
    for number, atoms in enumerate(_frames(path)):
        structure_id = atoms.info.get("id")
        if not isinstance(structure_id, (int, np.integer)):
            raise ValueError(f"{path}: frame {number} has no integer `id` in its comment line, but {structure_id!r}.")
        if int(structure_id) in structures:
            raise ValueError(f"{path}: frame {number} has id {structure_id}, which an earlier frame has.")
        if not (np.isfinite(atoms.positions).all() and np.isfinite(atoms.cell.array).all()):
            raise ValueError(f"{path}: frame {number} (id {structure_id}) has a coordinate that is not finite.")
        structures[int(structure_id)] = atoms
    if not structures:
        raise ValueError(f"{path}: there is no structure in this file.")
    return structures


def _frames(path: str | PathLike) -> Iterator[Atoms]:
    try:
        yield from iread(path, index=":", format="extxyz")
    except FileNotFoundError:
        raise
    except Exception as error:  # ASE's parser raises whatever it meets
        raise ValueError(f"{path}: not a readable extended XYZ file ({error}).") from error
