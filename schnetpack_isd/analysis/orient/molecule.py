"""Calculated or predicted tensor of a molecule, the input of a fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.prediction.structure_spectra import StructureSpectra

__all__ = ["FilmMolecule"]


@dataclass(frozen=True)
class FilmMolecule:
    """Absorption tensor of a molecule, from a model or a calculation.

    Attributes:
        energies: (n_energies,) axis in eV, ascending in equal steps.
        tensor: (3, 3, n_energies) sum of the tensors over all absorbing atoms.
        thresholds: (n_sites,) ionisation thresholds in eV, one for each absorbing atom; empty if they are unknown.
        members: (n_members, 3, 3, n_energies) tensors of the members of an ensemble, with deviations scaled to the
            calibrated standard deviation; None if there is no ensemble.
        member_thresholds: (n_members, n_sites) thresholds of the members; None if their deviations are unknown.
        extrapolated: the molecule is unlike the training data of the model.
        name: name for messages and figures.
    """

    energies: NDArray[np.float64]
    tensor: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    members: NDArray[np.float64] | None = None
    member_thresholds: NDArray[np.float64] | None = None
    extrapolated: bool = False
    name: str = "molecule"

    def __post_init__(self) -> None:
        """Check the arrays.

        Raises:
            ValueError: their shapes do not fit together, a number is not finite, or the tensor is not symmetric.
        """
        n_energies = len(self.energies)
        if self.tensor.shape != (3, 3, n_energies):
            raise ValueError(
                f"{self.name}: the tensor must have the shape (3, 3, {n_energies}), as many energies as the axis, not "
                f"{self.tensor.shape}."
            )
        if self.members is not None and self.members.shape[1:] != self.tensor.shape:
            raise ValueError(
                f"{self.name}: the tensors of the members must have the shape (n_members, 3, 3, {n_energies}), not "
                f"{self.members.shape}."
            )
        if not (np.isfinite(self.energies).all() and np.isfinite(self.tensor).all()):
            raise ValueError(f"{self.name}: the energies and the tensor must be finite.")
        if not np.allclose(self.tensor, self.tensor.swapaxes(0, 1), atol=1e-6 * np.abs(self.tensor).max()):
            raise ValueError(f"{self.name}: the tensor must be symmetric.")

    @classmethod
    def of(cls, spectra: StructureSpectra, name: str = "molecule") -> FilmMolecule:
        """Take the tensor and the thresholds of predicted spectra, and those of the members of an ensemble.

        Args:
            spectra: spectra of a structure, from a model that predicts tensors.
            name: name for messages and figures.

        Raises:
            ValueError: the model predicts no tensors.
        """
        if spectra.molecular_tensor is None:
            raise ValueError(f"{name}: the model predicts no absorption tensors; use one that does, such as ck_edge.")
        members = list(spectra.members())
        thresholds = [m.ionization_energy for m in members if m.ionization_energy is not None]
        return cls(
            energies=np.asarray(spectra.energies, dtype=np.float64),
            tensor=spectra.molecular_tensor.astype(np.float64),
            thresholds=np.zeros(0) if spectra.ionization_energy is None else spectra.ionization_energy,
            members=np.array([m.molecular_tensor for m in members], dtype=np.float64) if members else None,
            member_thresholds=np.array(thresholds) if np.isfinite(thresholds).all() and thresholds else None,
            extrapolated=not spectra.is_plausible,
            name=name,
        )

    def member(self, number: int) -> FilmMolecule:
        """Return the molecule with the tensor and the thresholds of a member, from 0."""
        assert self.members is not None
        thresholds = self.thresholds if self.member_thresholds is None else self.member_thresholds[number]
        return FilmMolecule(self.energies, self.members[number], thresholds, name=self.name)

    @property
    def n_members(self) -> int:
        """Number of members of the ensemble; 0 without one."""
        return 0 if self.members is None else len(self.members)
