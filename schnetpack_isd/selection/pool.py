"""Structures to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from schnetpack_isd.dft.geometry import force_field_structure
from schnetpack_isd.prediction.structure_checks import NumberedStructure, read_numbered
from schnetpack_isd.prediction.structure_files import read_smiles

from .request import SelectionRequest

__all__ = ["Pool", "read_pool"]


@dataclass(frozen=True)
class Pool:
    """Structures to choose from.

    Attributes:
        structures: the structures, or the error of each one that cannot be made. They are read once.
        size: number of them.
        unreadable: errors of further structures, which could not be read.
    """

    structures: Iterable[NumberedStructure | ValueError]
    size: int
    unreadable: Sequence[ValueError] = ()


def read_pool(request: SelectionRequest) -> Pool:
    """Read structures from files, or make them from SMILES by a force field, one at a time when they are needed."""
    if request.is_smiles:
        smiles = [*(text for path in request.files for text in read_smiles(path)), *request.smiles]
        return Pool(map(_from_smiles, count(), smiles), len(smiles))
    found = [item for _, item in read_numbered(request.files, request.index)]
    structures = [item for item in found if isinstance(item, NumberedStructure)]
    return Pool(structures, len(structures), [item for item in found if isinstance(item, ValueError)])


def _from_smiles(number: int, smiles: str) -> NumberedStructure | ValueError:
    try:
        return NumberedStructure(number, force_field_structure(smiles))
    except ValueError as error:
        return error
