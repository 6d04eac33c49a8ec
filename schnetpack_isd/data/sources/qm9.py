"""Readers of QM9 in its different forms; ids are the numbers N of gdb_N."""

from __future__ import annotations

import re
import sqlite3
import tarfile
from collections.abc import Container, Iterator
from os import PathLike
from pathlib import Path
from types import ModuleType

import numpy as np
from ase import Atoms
from schnetpack.units import convert_units

from schnetpack_isd import properties
from schnetpack_isd.data.databases import count_rows
from schnetpack_isd.data.stored_rows import StoredRow, read_distance_unit, stored_rows
from schnetpack_isd.utils.rdkit import import_rdkit

__all__ = ["N_QM9", "Frames", "read_archive", "read_database", "read_sdf", "read_uncharacterized"]

N_QM9 = 133_885
"""Number of molecules of QM9."""

N_UNCHARACTERIZED = 3_054
"""Number of molecules that changed when they were relaxed."""

FIRST_FORMULAS = ("CH4", "H3N", "H2O", "C2H2", "CHN")
"""Formulas of gdb_1 to gdb_5, which distinguish QM9 from other databases."""

Frames = Iterator[tuple[int, Atoms | None]]


def read_uncharacterized(path: str | PathLike) -> frozenset[int]:
    """Read QM9's list of the 3,054 molecules that changed when they were relaxed (``uncharacterized.txt``).

    Args:
        path: file with nine header lines, a line for each molecule that begins with its number, and a last line.

    Returns:
        The numbers.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line does not begin with a number, or there are not 3,054 of them.
    """
    numbers = set()
    for count, line in enumerate(Path(path).read_text(encoding="utf-8", errors="replace").splitlines()[9:-1], 10):
        first = line.split()[0] if line.split() else ""
        if not first.isdecimal():
            raise ValueError(f"{path}: line {count} does not begin with the number of a molecule, but with {first!r}.")
        numbers.add(int(first))
    if len(numbers) != N_UNCHARACTERIZED:
        raise ValueError(f"{path} lists {len(numbers)} molecules, QM9's list {N_UNCHARACTERIZED}; is it complete?")
    return frozenset(numbers)


def read_archive(path: str | PathLike, wanted: Container[int]) -> Frames:
    """Read ``dsgdb9nsd.xyz.tar.bz2`` without unpacking it to disk."""
    try:
        with tarfile.open(path, "r:*") as archive:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # keeps memory constant
                if not member.isfile():
                    continue
                named = re.search(r"_(\d+)\.xyz$", member.name)
                if named is None:
                    raise ValueError(f"{path}: {member.name} is not named like QM9's files, dsgdb9nsd_000001.xyz.")
                number = int(named[1])
                file = archive.extractfile(member) if number in wanted else None
                yield number, None if file is None else _parse(file.read(), number, f"{path}: {member.name}")
            while archive.fileobj is not None and archive.fileobj.read(
                1 << 20
            ):  # to the end, where bzip2 detects missing data
                pass
    except FileNotFoundError:
        raise
    except (tarfile.TarError, EOFError, OSError) as error:
        reason = str(error).splitlines()[0]  # more lines tell of each kind of compression
        raise ValueError(f"{path}: not a readable archive ({reason}); is it complete?") from error


def _parse(content: bytes, number: int, where: str) -> Atoms:
    lines = content.decode().replace("*^", "e").splitlines()  # Mathematica writes 1.5*^-6
    try:
        n_atoms, label = int(lines[0]), lines[1].split()[:2]
        columns = [line.split() for line in lines[2 : 2 + n_atoms]]
        atoms = Atoms([column[0] for column in columns], [[float(x) for x in column[1:4]] for column in columns])
        smiles = lines[n_atoms + 3].split()[-1]  # of GDB-17, and of the relaxed structure
    except (ValueError, IndexError, KeyError) as error:
        raise ValueError(f"{where} is not a file of QM9 ({error!r}).") from error
    if label != ["gdb", str(number)] or len(atoms) != n_atoms:
        raise ValueError(f"{where} should be `gdb {number}` with {n_atoms} atoms, but is {label} with {len(atoms)}.")
    atoms.info["smiles"] = smiles
    return atoms


def read_sdf(path: str | PathLike, wanted: Container[int]) -> Frames:
    """Read ``gdb9.sdf`` with RDKit."""
    chem = import_rdkit(f"reading {path}")
    for count, block in enumerate(_sdf_blocks(path)):
        name = block.split("\n", 1)[0].strip()
        if re.fullmatch(r"gdb_\d+", name) is None:
            raise ValueError(f"{path}: molecule {count} is named {name!r}, not gdb_ and a number as in QM9's gdb9.sdf.")
        number = int(name[4:])
        yield number, _from_block(chem, block, f"{path}: {name}") if number in wanted else None


def _sdf_blocks(path: str | PathLike) -> Iterator[str]:
    lines: list[str] = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("$$$$"):
                yield "".join(lines)
                lines = []
            else:
                lines.append(line)
    if any(line.strip() for line in lines):
        raise ValueError(f"{path}: the last molecule does not end with $$$$; is the file complete?")


def _from_block(chem: ModuleType, block: str, where: str) -> Atoms:
    molecule = chem.MolFromMolBlock(block, sanitize=False, removeHs=False)
    if molecule is None:
        raise ValueError(f"{where} cannot be read by RDKit.")
    numbers = [atom.GetAtomicNum() for atom in molecule.GetAtoms()]
    return Atoms(numbers, molecule.GetConformer().GetPositions(), info={"smiles": chem.MolToSmiles(molecule)})


def read_database(path: str | PathLike, wanted: Container[int], uncharacterized: frozenset[int]) -> Frames:
    """Read an ASE database: SchNetPack's QM9, or one whose rows have a key ``molecule_id``."""
    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file.")
    try:
        angstrom = convert_units(read_distance_unit(path), "Ang")
        numbers = None
        for count, row in enumerate(stored_rows(path)):
            number = row.keys.get(properties.molecule_id)
            if number is None:
                if numbers is None:
                    numbers = _row_numbers(path, count_rows(path), uncharacterized)
                number = numbers[count]
                _check_formula(path, row, number)
            yield int(number), _from_row(row, angstrom) if number in wanted else None
    except sqlite3.Error as error:
        raise ValueError(f"{path}: not a readable ASE database ({error}).") from error


def _check_formula(path: str | PathLike, row: StoredRow, number: int) -> None:
    if number > len(FIRST_FORMULAS):
        return
    formula = Atoms(row.numbers).get_chemical_formula()
    if formula != FIRST_FORMULAS[number - 1]:
        raise ValueError(
            f"{path}: row {row.id} is {formula}, but gdb_{number} of QM9 is {FIRST_FORMULAS[number - 1]}; the ids of "
            "its rows are unknown."
        )


def _row_numbers(path: str | PathLike, n_rows: int, uncharacterized: frozenset[int]) -> np.ndarray:
    """Return the ids of the rows of SchNetPack's QM9, with or without the uncharacterised molecules."""
    if n_rows == N_QM9:
        return np.arange(1, N_QM9 + 1)
    if uncharacterized and n_rows == N_QM9 - len(uncharacterized):
        return np.setdiff1d(np.arange(1, N_QM9 + 1), sorted(uncharacterized))
    raise ValueError(
        f"{path}: the ids of its {n_rows} rows are unknown. All of QM9 has {N_QM9} rows; a database "
        "without the uncharacterised molecules needs QM9's list of them, uncharacterized.txt (`--uncharacterized`, "
        f"data.uncharacterized), {'given here' if uncharacterized else 'not given'}; "
        "any other needs a key `molecule_id` in each row."
    )


def _from_row(row: StoredRow, angstrom: float) -> Atoms:
    info = {"smiles": row.keys["smiles"]} if "smiles" in row.keys else {}
    return Atoms(row.numbers, row.positions * angstrom, cell=row.cell * angstrom, pbc=row.pbc, info=info)
