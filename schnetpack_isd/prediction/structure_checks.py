"""Checks of structures before a prediction, and of spectra after it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from schnetpack_isd import properties
from schnetpack_isd.atomistic import SpectrumHead
from schnetpack_isd.directions import DirectionLike, unit_vectors
from schnetpack_isd.transform import check_ordered
from schnetpack_isd.utils.text import printable

from .structure_files import parse_index, read_frames
from .structure_spectra import StructureSpectra

__all__ = [
    "NumberedStructure",
    "are_plausible",
    "check_finite",
    "check_structure",
    "check_tensors",
    "check_thresholds",
    "describe_implausible",
    "name_structure",
    "read_numbered",
    "unit_vectors_in",
]

LARGEST_NEGATIVE_PART = 0.25
"""Depth below zero, relative to the largest magnitude; 99 % of the bundled test molecules stay below 0.14."""

LARGEST_INTENSITY = 100.0
"""Largest plausible intensity of a site in units of the intensity scale; the bundled spectra stay below 28."""


@dataclass(frozen=True)
class NumberedStructure:
    """A structure, and what messages and files call it.

    Attributes:
        number: its number among all structures, from 0.
        atoms: the structure.
        file: file that it is from; empty if it is from memory.
        frame: its number in the file, from 0.
    """

    number: int
    atoms: Atoms
    file: str = ""
    frame: int = 0

    @property
    def source(self) -> str:
        """File and frame as ASE writes them, ``file.xyz@3``; empty if the structure is from memory."""
        return f"{self.file}@{self.frame}" if self.file else ""


def read_numbered(
    files: Iterable[str | os.PathLike[str]], index: str
) -> Iterator[tuple[int, NumberedStructure | ValueError]]:
    """Read the structures of files one at a time, numbered from 0 over all files.

    Args:
        files: files of structures; see :func:`~schnetpack_isd.prediction.structure_files.read_frames`.
        index: frames of each file, as ASE writes them.

    Returns:
        Iterator over the numbers and the structures; one that cannot be read has an error instead, which names it.
    """
    frames = ((path, frame, atoms) for path in files for frame, atoms in read_frames(path, parse_index(index)))
    for number, (path, frame, atoms) in enumerate(frames):
        if isinstance(atoms, Atoms):
            yield number, NumberedStructure(number, atoms, printable(path), frame)
        else:
            yield number, ValueError(f"{printable(path)}: Structure {frame}: {atoms}.")


def name_structure(numbered: NumberedStructure) -> str:
    """Return the name of a structure in messages."""
    number = f"{numbered.file}: Structure {numbered.frame}" if numbered.file else f"Structure {numbered.number}"
    return f"{number} ({numbered.atoms.symbols.get_chemical_formula()})"


MOST_NAMED = 5
"""Largest number of atoms that a message names."""


def unit_vectors_in(numbered: NumberedStructure, directions: Sequence[DirectionLike]) -> NDArray:
    """Return the unit vectors (n_directions, 3) of directions in a structure.

    Raises:
        ValueError: a direction needs a lattice where there is none; the message names the structure.
    """
    try:
        return unit_vectors(directions, numbered.atoms.cell)
    except ValueError as error:
        raise ValueError(f"{name_structure(numbered)}: {error}") from error


def check_structure(numbered: NumberedStructure, head: SpectrumHead) -> None:
    """Check that a model can predict the spectra of a structure.

    Raises:
        ValueError: the structure has no absorbing atom, a coordinate that is not finite, a site that is occupied in
            part, or an element that was not in the training data.
    """
    atoms = numbered.atoms
    if head.absorbing_element not in atoms.symbols:
        raise ValueError(
            f"{name_structure(numbered)} contains no {head.absorbing_element} atom; the model predicts spectra of "
            f"{head.absorbing_element} only."
        )
    if not (np.isfinite(atoms.positions).all() and np.isfinite(atoms.cell.array).all()):
        raise ValueError(f"{name_structure(numbered)} has positions or a cell that are not finite.")
    try:
        check_ordered(atoms)
    except ValueError as error:
        raise ValueError(f"{name_structure(numbered)}: {error}.") from error
    known = head.elements
    if known is not None and (unknown := sorted(set(atoms.symbols) - set(known))):
        raise ValueError(
            f"{name_structure(numbered)} contains {', '.join(unknown)}; "
            f"the model was trained on {', '.join(known)} only."
        )


def check_finite(batch: Sequence[NumberedStructure], spectra: NDArray, absorbing_element: str) -> None:
    """Check that all spectra or tensors of a batch are finite.

    Args:
        batch: the structures.
        spectra: (n_sites, ..., n_energies) spectra or tensors of the sites of all of them.
        absorbing_element: symbol of the element whose atoms are the sites.

    Raises:
        ValueError: a spectrum is not finite; the message names the structure.
    """
    finite = np.isfinite(spectra).all(axis=tuple(range(1, spectra.ndim)))
    if finite.all():
        return
    last = np.cumsum([numbered.atoms.symbols.count(absorbing_element) for numbered in batch])
    numbered = batch[int(np.searchsorted(last, np.flatnonzero(~finite)[0], side="right"))]
    raise ValueError(
        f"{name_structure(numbered)} has spectra that are not finite: the structure is far from the training data "
        "of the model."
    )


def check_tensors(head: SpectrumHead, model: str, needed_by: str = "`--tensor`") -> None:
    """Check that a model predicts absorption tensors.

    Args:
        head: its head.
        model: its name in messages.
        needed_by: option or command that needs them, in messages.

    Raises:
        ValueError: it does not.
    """
    if not head.predicts_tensors:
        raise ValueError(
            f"The model {model} predicts spectra along directions, but no tensors ({needed_by}); a model with the "
            "head SpectrumTensor does."
        )


def check_thresholds(head: SpectrumHead, model: str) -> None:
    """Check that a model predicts ionisation thresholds.

    Args:
        head: its head.
        model: its name in messages.

    Raises:
        ValueError: it does not.
    """
    if properties.ionization_energy not in head.model_outputs:
        raise ValueError(
            f"The model {model} predicts no ionisation thresholds, which XPS spectra (`--xps`) are made of; a model "
            "with the head SpectrumTensor does, if its broadening is relative to the threshold."
        )


def are_plausible(lowest: float, highest: float) -> bool:
    """Return whether absorption spectra can have such limits.

    Args:
        lowest: lowest intensity of the sites of a structure, in units of the intensity scale.
        highest: highest intensity.
    """
    return highest <= LARGEST_INTENSITY and -lowest <= LARGEST_NEGATIVE_PART * max(highest, -lowest)


def describe_implausible(numbered: NumberedStructure, spectra: StructureSpectra) -> str:
    """Return the text about a structure whose spectra are not plausible."""
    if spectra.extrapolation_score is not None and (spectra.extrapolation_score > 1).any():
        return _describe_extrapolation(numbered, spectra.site_atom, spectra.extrapolation_score)
    lowest, highest = spectra.limits
    reason = f"spectra like the training data stay far below {LARGEST_INTENSITY:g}"
    if lowest < 0:
        limit = f"the limit is {LARGEST_NEGATIVE_PART:.0%} of the largest magnitude"
        reason = f"absorption is never negative ({limit}), and {reason}"
    return (
        f"{name_structure(numbered)} has site spectra with implausible intensities, from {lowest:.2g} to "
        f"{highest:.2g} in units of the intensity scale, over all directions that were predicted. "
        f"{reason[0].upper()}{reason[1:]}: the structure is unlike the training data, or the model is poor."
    )


def _describe_extrapolation(numbered: NumberedStructure, site_atom: NDArray, scores: NDArray) -> str:
    order = np.argsort(-scores)
    beyond = [f"{numbered.atoms.symbols[site_atom[n]]}{site_atom[n]}" for n in order if scores[n] > 1]
    atoms = ", ".join(beyond[:MOST_NAMED]) + (
        f" and {len(beyond) - MOST_NAMED} more" if len(beyond) > MOST_NAMED else ""
    )
    return (
        f"{name_structure(numbered)} is unlike the training data at {atoms}: the score of extrapolation is "
        f"{scores.max():.2g} where the limit is 1, so the spectra and their standard deviations are not reliable."
    )
