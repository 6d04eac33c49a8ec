"""Molecules from files of structures and of SMILES."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ase import Atoms

from schnetpack_isd.prediction.structure_files import parse_index, read_frames
from schnetpack_isd.utils.files import check_input

__all__ = ["read_molecules"]


def read_molecules(
    paths: Sequence[str | os.PathLike[str]], index: str = ":", charge: int | None = None
) -> Iterator[Atoms | str]:
    """Read structures in any format of ASE, and SMILES from ``.smi`` files.

    A line of such a file begins with a SMILES; what follows after a space is ignored, and so are empty lines and those
    that begin with ``#``.

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
        if Path(path).suffix == ".smi":
            lines = [line.split() for line in Path(path).read_text(encoding="utf-8").splitlines()]
            yield from (words[0] for words in lines if words and not words[0].startswith("#"))
            continue
        for frame, atoms in read_frames(path, parse_index(index)):
            if isinstance(atoms, ValueError):
                raise ValueError(f"{path}: Structure {frame}: {atoms}.") from atoms
            if charge is not None:
                atoms.info["charge"] = charge
            yield atoms
