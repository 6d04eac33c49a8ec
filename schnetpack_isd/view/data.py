"""Structures and absorption tensors as the page reads them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import natural_cutoffs, neighbor_list
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from schnetpack_isd.analysis.assign.groups import group_sites
from schnetpack_isd.prediction import StructureSpectra
from schnetpack_isd.spectra.tensor import COLUMNS, ROWS

__all__ = ["ViewedStructure", "structure_data"]

BOND = 1.15
"""Longest bond, relative to the sum of the covalent radii."""

TILT = Rotation.from_euler("xy", [-30, 20], degrees=True).as_matrix()
"""A first view of a flat molecule is not along its normal, where directions are hard to tell."""


@dataclass(frozen=True)
class ViewedStructure:
    """A structure on the page.

    Attributes:
        name: its name in the list of structures.
        atoms: the structure.
        spectra: its spectra, with tensors; None if it has no absorbing atom.
    """

    name: str
    atoms: Atoms
    spectra: StructureSpectra | None


def structure_data(structure: ViewedStructure) -> dict[str, Any]:
    """Return a structure as plain values; arrays are base64 of little-endian numbers."""
    atoms = structure.atoms
    return {
        "name": structure.name,
        "formula": atoms.symbols.get_chemical_formula(),
        "symbols": list(atoms.symbols),
        "radii": [round(float(covalent_radii[number]), 2) for number in atoms.numbers],
        "positions": np.round(atoms.positions, 4).tolist(),
        **_bonds(atoms),
        "view": np.round(_view(atoms.positions), 4).tolist(),
        "cell": np.round(atoms.cell.array, 4).tolist() if atoms.cell.rank == 3 and atoms.pbc.any() else None,
        "sites": [] if structure.spectra is None else structure.spectra.site_atom.tolist(),
        "spectra": None if structure.spectra is None else _spectra(structure.spectra),
    }


def _view(positions: NDArray) -> NDArray:
    """Return a rotation with the longest axis of the molecule to the right, the shortest nearly towards the reader."""
    _, axes = np.linalg.eigh(np.cov(positions.T, bias=True))
    right, up = axes[:, 2], axes[:, 1]
    return TILT @ np.stack([right, up, np.cross(right, up)])


def _bonds(atoms: Atoms) -> dict[str, list[list[Any]]]:
    """Return pairs of bonded atoms, and for bonds to images in other cells the atom and the vector to its neighbour."""
    repeated = atoms.copy()
    repeated.pbc &= atoms.cell.any(axis=1)  # without a length there is no next cell
    first, second, shift, vector = neighbor_list("ijSD", repeated, natural_cutoffs(atoms, mult=BOND))
    is_across = shift.any(axis=1)
    pairs = np.stack([first, second], axis=1)[~is_across & (first < second)]
    across = zip(first[is_across].tolist(), np.round(vector[is_across], 3).tolist(), strict=True)
    return {"bonds": pairs.tolist(), "across": [[atom, *along] for atom, along in across]}


def _spectra(spectra: StructureSpectra) -> dict[str, Any]:
    """Return tensors in float32, deviations of the members of an ensemble in 16 bits, and numbers of the sites."""
    assert spectra.tensor is not None
    return {
        "tensor": _encode(spectra.tensor[:, ROWS, COLUMNS], "<f4"),
        **_deviations(spectra),
        "groups": [group.tolist() for group in group_sites(np.trace(spectra.tensor, axis1=1, axis2=2) / 3)],
        "threshold": _numbers(spectra.ionization_energy),
        "score": _numbers(spectra.extrapolation_score),
        "plausible": spectra.is_plausible,
    }


def _deviations(spectra: StructureSpectra) -> dict[str, Any]:
    """Return the members' deviations as integers, of which 32767 is the largest, and the value of one."""
    if spectra.deviations is None or spectra.deviations.tensor is None:
        return {"members": 0}
    deviations = spectra.deviations.tensor
    unit = max(float(np.abs(deviations).max()), 1e-30) / 32767
    return {"members": len(deviations), "unit": unit, "deviations": _encode(np.round(deviations / unit), "<i2")}


def _encode(array: ArrayLike, kind: str) -> str:
    return b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()


def _numbers(values: NDArray | None) -> Sequence[float] | None:
    return None if values is None else [round(float(value), 3) for value in values]
