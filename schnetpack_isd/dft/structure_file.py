"""Writer of extended XYZ files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ase import Atoms
from ase.io import write

__all__ = ["write_structures"]


def write_structures(path: Path, structures: Iterable[Atoms]) -> None:
    """Write structures with their cell and `info`.

    ASE takes a backslash in a text, which SMILES of double bonds have, for the beginning of an escape sequence when it
    reads the file; here it is doubled. It writes an empty text so that the next key is lost; such texts are left out.
    """
    frames = []
    for atoms in structures:
        info = {
            key: value.replace("\\", 2 * "\\") if isinstance(value, str) else value
            for key, value in atoms.info.items()
            if not (isinstance(value, str) and not value)
        }
        frames.append(Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc, info=info))
    write(path, frames, format="extxyz", columns=["symbols", "positions"])
