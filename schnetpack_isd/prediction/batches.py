"""Batches of structures, and parts of a prediction that consist of batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .structure_checks import NumberedStructure

__all__ = ["MOST_ATOMS", "divide_into_batches", "divide_into_parts"]

MOST_ATOMS = 4096
"""Largest number of atoms in a batch of several structures."""


def divide_into_batches(structures: Iterable[NumberedStructure], batch_size: int) -> Iterator[list[NumberedStructure]]:
    """Divide structures into batches of at most :data:`MOST_ATOMS` atoms; a larger structure has its own batch.

    Args:
        structures: the structures, which are read lazily.
        batch_size: largest number of structures in a batch.
    """
    batch: list[NumberedStructure] = []
    n_atoms = 0
    for numbered in structures:
        if batch and (len(batch) == batch_size or n_atoms + len(numbered.atoms) > MOST_ATOMS):
            yield batch
            batch, n_atoms = [], 0
        batch.append(numbered)
        n_atoms += len(numbered.atoms)
    if batch:
        yield batch


def divide_into_parts(
    structures: Iterable[NumberedStructure], batch_size: int, atoms_in_part: int
) -> Iterator[list[NumberedStructure]]:
    """Divide structures into parts that consist of whole batches.

    Each part has the batches of :func:`divide_into_batches` for all structures. The last bits of a spectrum depend on
    the other structures of its batch, so the parts give the spectra of an undivided prediction bit for bit.

    Args:
        structures: the structures, which are read lazily.
        batch_size: largest number of structures in a batch.
        atoms_in_part: largest number of atoms in a part of several batches.
    """
    part: list[NumberedStructure] = []
    n_atoms = 0
    for batch in divide_into_batches(structures, batch_size):
        n_in_batch = sum(len(numbered.atoms) for numbered in batch)
        if part and n_atoms + n_in_batch > atoms_in_part:
            yield part
            part, n_atoms = [], 0
        part += batch
        n_atoms += n_in_batch
    if part:
        yield part
