"""Candidates that are given twice, which would count their probability twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.spatial import KDTree

from schnetpack_isd.analysis.film import FixedNormal
from schnetpack_isd.analysis.structure_prediction import of_structure
from schnetpack_isd.directions import unit_vectors
from schnetpack_isd.prediction.structure_checks import NumberedStructure

from .film import CandidateFilm

__all__ = ["check_different"]

SAME = 1e-3
"""Largest difference of the distances in the same structure, in Å."""

TURNED = (
    " With --axis, --bond or --plane, the orientation of a structure in its file does not count; give --normal if they "
    "are adsorption geometries."
)


def check_different(structures: Sequence[NumberedStructure], film: CandidateFilm | None = None) -> None:
    """Check that no structure is given twice.

    Args:
        structures: the candidates.
        film: how they lie in a film; None for isotropic spectra. With the film normal in the frame of the structure,
            the same molecule in another orientation is another candidate.

    Raises:
        ValueError: two structures have the same atoms in the same order at the same distances, and lie in the same way.
    """
    alike: defaultdict[tuple[bytes, bytes], list[NumberedStructure]] = defaultdict(list)
    for structure in structures:
        atoms = structure.atoms
        alike[atoms.numbers.tobytes(), atoms.pbc.tobytes()].append(structure)
    for group in alike.values():
        if len(group) > 1:
            rows = [of_structure(one, lambda atoms: _coordinates(atoms, film)) for one in group]
            pairs = KDTree(rows).query_pairs(SAME, p=np.inf)
            if pairs:
                one, other = (group[number].source for number in min(pairs))
                hint = "" if film is None or isinstance(film.orientation, FixedNormal) else TURNED
                raise ValueError(f"{one} and {other} are the same structure; give each candidate once.{hint}")


def _coordinates(atoms: Atoms, film: CandidateFilm | None) -> NDArray[np.float64]:
    """Return numbers that are equal for the same structure, which may be turned as the spectra allow it."""
    distances = atoms.get_all_distances(mic=bool(atoms.pbc.any()))[np.triu_indices(len(atoms), 1)]
    parts = [distances, atoms.cell.cellpar() if atoms.pbc.any() else [0.0]]
    if film is not None and isinstance(film.orientation, FixedNormal):
        centred = atoms.positions - atoms.positions.mean(axis=0)
        is_uniaxial = film.fold not in (1, 2)
        normal = unit_vectors([film.orientation.normal], atoms.cell)[0]
        parts.append(centred @ normal if is_uniaxial else centred.ravel())
    return np.concatenate(parts)
