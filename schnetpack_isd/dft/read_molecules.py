"""Molecules from files of structures and of SMILES."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ase import Atoms

from schnetpack_isd.prediction.structure_files import SMILES_ENDING, parse_index, read_frames, read_smiles
from schnetpack_isd.utils.files import check_input

__all__ = ["read_molecules"]


def read_molecules(
    paths: Sequence[str | os.PathLike[str]], index: str = ":", charge: int | None = None
) -> Iterator[Atoms | str]:
    """Read structures in any format of ASE, and SMILES from ``.smi`` files; see
    :func:`~schnetpack_isd.prediction.structure_files.read_smiles`.

    Args:
        paths: the files.
        index: frames of each file, as ASE writes them.
        charge: charge of each structure; that in its ``info["charge"]``, or else 0, if None.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a frame cannot be read; the message names it.
    """
    check_input(*paths)
    for path in paths:
        if Path(path).suffix == SMILES_ENDING:
            yield from read_smiles(path)
            continue
        for frame, atoms in read_frames(path, parse_index(index)):
            if isinstance(atoms, ValueError):
                raise ValueError(f"{path}: Structure {frame}: {atoms}.") from atoms
            if charge is not None:
                atoms.info["charge"] = charge
            yield atoms
