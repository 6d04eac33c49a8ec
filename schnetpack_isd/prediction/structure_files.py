"""Files of structures, read a frame at a time."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import ModuleType

from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from ase.io import iread, read
from ase.io.formats import UnknownFileTypeError, filetype, open_with_compression

from schnetpack_isd.utils.rdkit import import_rdkit

__all__ = ["SMILES_ENDING", "as_files", "parse_index", "read_frames", "read_smiles"]

SMILES_ENDING = ".smi"
"""Ending of files of SMILES."""

ISOTOPES = {"D": "H", "T": "H"}

SEVERAL = {
    "gromacs": "GROMACS (.gro) trajectories",
    "gromos": "GROMOS (.g96) trajectories",
    "gaussian-in": "Gaussian inputs with several jobs",
}
"""Formats that can hold several structures, of which ASE reads the first."""


def as_files(
    structures: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
) -> tuple[str | os.PathLike[str], ...]:
    """Return one file of structures or several as a tuple.

    Raises:
        ValueError: there is none.
    """
    files = (structures,) if isinstance(structures, str | os.PathLike) else tuple(structures)
    if not files:
        raise ValueError("There is no file of structures.")
    return files


def parse_index(text: str) -> int | slice:
    """Read a selection of frames, as ASE writes it: ``0``, ``-1``, ``10:20``, ``::5``.

    Raises:
        ValueError: the text is not of this form.
    """
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"(-?\d+)?:(-?\d+)?(:(-?\d+)?)?", text):
        return slice(*(int(part) if part else None for part in text.split(":")))
    raise ValueError(f"Frames must be selected by a number or as START:STOP:STEP, not {text!r}.")


def read_frames(
    path: str | os.PathLike[str], index: int | slice = slice(None)
) -> Iterator[tuple[int, Atoms | ValueError]]:
    """Read frames in any format of ASE.

    Molecules of an SDF file are read with RDKit. XYZ files can also have symbols with numbers (``C1``), atomic numbers,
    isotopes of hydrogen (``D``), and the layout of QM9.

    Args:
        path: the file.
        index: frames to read.

    Yields:
        The number of each frame in the file, from 0, with the structure, or with the error if it cannot be read. If
        it is unknown where the next frame begins, the error is the last item.
    """
    if isinstance(index, int):
        index = slice(index, None if index == -1 else index + 1)
    start, stop, step = index.start or 0, index.stop, index.step or 1
    if step < 1:
        yield 0, ValueError(f"frames can be read in their order only, not in steps of {step}")
        return
    if start < 0 or (stop is not None and stop < 0):
        start, stop, step = index.indices(sum(1 for _ in _frames(path)))
    n_frames = n_yielded = 0
    for number, atoms in enumerate(_frames(path)):
        if stop is not None and number >= stop:
            break
        n_frames = number + 1
        if number >= start and (number - start) % step == 0:
            n_yielded += 1
            yield number, atoms
    if n_yielded == 0:
        yield start, ValueError(f"there is no such frame; the file has {n_frames}")


def read_smiles(path: str | os.PathLike[str]) -> list[str]:
    """Read SMILES, one a line.

    What follows after a space is ignored, and so are empty lines and those that begin with ``#``.
    """
    lines = [line.split() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [words[0] for words in lines if words and not words[0].startswith("#")]


def _frames(path: str | os.PathLike[str]) -> Iterator[Atoms | ValueError]:
    if Path(path).suffix == SMILES_ENDING:
        yield ValueError(
            "SMILES have no positions of atoms; make a structure of one first, in Python: "
            'schnetpack_isd.dft.structure_from_smiles("Cc1ccccc1").write("toluene.xyz")'
        )
        return
    try:
        kind = filetype(os.fspath(path), read=True)
    except Exception as error:  # ASE raises errors of many kinds
        yield _unreadable(error)
        return
    if kind in ("xyz", "extxyz"):
        yield from _xyz_frames(path)
    elif kind == "sdf":
        yield from _sdf_frames(path)
    else:
        yield from _ase_frames(path, kind)


def _ase_frames(path: str | os.PathLike[str], kind: str) -> Iterator[Atoms | ValueError]:
    if kind in SEVERAL and _holds_several(path, kind):
        yield ValueError(
            f"ASE reads only the first structure of {SEVERAL[kind]}; convert the file to extended XYZ, or keep one "
            "structure"
        )
        return
    try:
        yield from iread(os.fspath(path), index=":", format=kind, do_not_split_by_at_sign=True)
    except Exception as error:  # ASE's readers raise errors of many kinds
        yield _unreadable(error)


def _unreadable(error: Exception) -> ValueError:
    if isinstance(error, UnknownFileTypeError):
        return ValueError("the format of the file is unknown to ASE")
    return ValueError(f"it cannot be read by ASE ({error!r})")


def _holds_several(path: str | os.PathLike[str], kind: str) -> bool:
    with open_with_compression(os.fspath(path)) as file:
        if kind == "gromacs":
            file.readline()
            n_atoms = int(file.readline())
            return any(line.strip() for line in islice(file, n_atoms + 1, None))
        mark = "--link1--" if kind == "gaussian-in" else "timestep"
        return sum(line.strip().lower() == mark for line in file) > (kind == "gromos")


def _xyz_frames(path: str | os.PathLike[str]) -> Iterator[Atoms | ValueError]:
    with open_with_compression(os.fspath(path)) as file:
        while True:
            line = next((line for line in file if line.strip()), "")
            if not line:
                return
            if not line.strip().isdecimal():
                yield ValueError(f"the number of atoms was expected, not {line.strip()[:60]!r}")
                return
            n_atoms, comment = int(line), file.readline()
            rows = list(islice(file, n_atoms))
            if len(rows) < n_atoms:
                yield ValueError(f"it ends after {len(rows)} of {n_atoms} atoms, so the file is incomplete")
                return
            if re.match(r"gdb\s+\d+\s", comment):  # frequencies, SMILES and InChI follow in QM9's files
                rows = [" ".join(row.replace("*^", "e").split()[:4]) + "\n" for row in rows]
                list(islice(file, 3))
                comment = comment.split("\t")[0].strip() + "\n"
            yield _parse_xyz(n_atoms, comment, rows)


def _parse_xyz(n_atoms: int, comment: str, rows: list[str]) -> Atoms | ValueError:
    if "Properties=" not in comment or "Properties=species:S:1" in comment:
        rows = [_with_symbol(row) for row in rows]
    try:
        [atoms] = read(io.StringIO("".join([f"{n_atoms}\n", comment, *rows])), index=":", format="extxyz")
    except Exception as error:  # ASE's parser raises errors of many kinds
        return _unreadable(error)
    return atoms if len(atoms) == n_atoms else ValueError(f"it has {len(atoms)} atoms, not {n_atoms}")


def _with_symbol(row: str) -> str:
    """Return a row with a symbol of an element first: for an atomic number, an isotope, or a symbol with a number."""
    words = row.split(maxsplit=1)
    if not words or (words[0] in atomic_numbers and words[0] not in ISOTOPES):
        return row
    label = re.sub(r"[\d_'*+-]+$", "", words[0]).capitalize()
    if words[0].isdecimal() and 0 < int(words[0]) < len(chemical_symbols):
        label = chemical_symbols[int(words[0])]
    return " ".join([ISOTOPES.get(label, label) if label else words[0], *words[1:]])


def _sdf_frames(path: str | os.PathLike[str]) -> Iterator[Atoms | ValueError]:
    """Read all molecules, V2000 or V3000."""
    chem = import_rdkit(f"reading {path}")
    lines: list[str] = []
    with open_with_compression(os.fspath(path)) as file:
        for line in file:
            if not line.startswith("$$$$"):
                lines.append(line)
                continue
            yield _from_mol_block(chem, "".join(lines))
            lines = []
    if any(line.strip() for line in lines):  # the last $$$$ may be missing
        yield _from_mol_block(chem, "".join(lines))


def _from_mol_block(chem: ModuleType, block: str) -> Atoms | ValueError:
    molecule = chem.MolFromMolBlock(block, sanitize=False, removeHs=False)
    if molecule is None or molecule.GetNumConformers() == 0:
        return ValueError("it cannot be read by RDKit")
    if block.splitlines()[1][20:22].upper() == "2D":
        return ValueError("it is a drawing in two dimensions; positions in three are needed")
    return Atoms([atom.GetAtomicNum() for atom in molecule.GetAtoms()], molecule.GetConformer().GetPositions())
