"""Request for structures to calculate next."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schnetpack_isd.prediction.file_checks import check_inputs
from schnetpack_isd.prediction.structure_files import SMILES_ENDING, as_files, parse_index
from schnetpack_isd.utils.files import check_output

__all__ = ["SelectionRequest"]

ENDINGS = (".extxyz", ".xyz")
"""Endings of outputs with structures."""


@dataclass(frozen=True)
class SelectionRequest:
    """Number of structures to choose, from files of structures or from SMILES.

    Attributes:
        structures: file of structures, or several; see
            :func:`~schnetpack_isd.prediction.structure_files.read_frames`. Or files of SMILES (``.smi``), one a line.
            After construction, a tuple.
        number: number of structures to choose.
        index: frames of each file, as ASE writes them: ``0``, ``-1``, ``10:20``, ``::5``.
        smiles: further SMILES.

    Raises:
        ValueError: there is nothing to choose from, there are structures and SMILES, the number is not positive, or the
            frames are not of this form.
    """

    structures: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
    number: int
    index: str = ":"
    smiles: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not self.structures and not self.smiles:
            raise ValueError("There is nothing to choose from: give files of structures, or SMILES (`--smiles`).")
        object.__setattr__(self, "structures", as_files(self.structures) if self.structures else ())
        if len(self._kinds) > 1:
            raise ValueError("Choose from structures or from SMILES, not from both: they go to different outputs.")
        check_number(self.number)
        parse_index(self.index)

    @property
    def files(self) -> tuple[str | os.PathLike[str], ...]:
        """Files of structures."""
        return self.structures  # type: ignore[return-value]  # a tuple after construction

    @property
    def is_smiles(self) -> bool:
        """Whether the choice is from SMILES, not from structures."""
        return self._kinds == {True}

    @property
    def _kinds(self) -> set[bool]:
        of_files = {Path(path).suffix == SMILES_ENDING for path in self.files}
        return of_files | {True} if self.smiles else of_files

    def check_files(self, model: object, output: str | os.PathLike[str], overwrite: bool) -> None:
        """Check that the files can be read and written, before PyTorch is imported and a model is loaded.

        Args:
            model: path of a model, or anything else that is a model.
            output: file to write.
            overwrite: replace an output that exists.

        Raises:
            FileExistsError: the output exists and must not be overwritten.
            FileNotFoundError: the structures, the model or the folder of the output do not exist.
            ValueError: the name of the output has another ending than .extxyz or .xyz, or .smi for SMILES, or the
                output is an input.
        """
        if self.is_smiles and Path(output).suffix != SMILES_ENDING:
            raise ValueError(f"{output}: the name must end in {SMILES_ENDING}; of SMILES, SMILES are chosen.")
        if not self.is_smiles and Path(output).suffix not in ENDINGS:
            raise ValueError(f"{output}: the name must end in {' or '.join(ENDINGS)}; the format is extended XYZ.")
        check_inputs(self.files, model, [output])
        check_output(output, overwrite)


def check_number(number: int) -> None:
    """Check a number of structures to choose.

    Raises:
        ValueError: it is not positive.
    """
    if number < 1:
        raise ValueError(f"The number of structures to choose must be at least 1, not {number}.")
