"""Predicted spectra as an array with an axis of structures or atoms, one of directions, and one of energies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.directions import ISOTROPIC, RotatedDirection, parse_direction

from .record import PredictionRecord
from .store import MOLECULE, SpectrumStore

__all__ = ["CubeAxis", "SpectrumCube"]

TOLERANCE = 0.01
"""Largest deviation from even steps, in units of the step."""


@dataclass(frozen=True)
class CubeAxis:
    """An axis of a :class:`SpectrumCube`.

    Attributes:
        name: name of the axis.
        units: unit of its coordinates; an empty string for numbers of rows.
        values: (n,) coordinates.
    """

    name: str
    units: str
    values: NDArray

    @property
    def is_uniform(self) -> bool:
        """True if the coordinates have one step, up to the rounding of single precision."""
        even = np.linspace(self.values[0], self.values[-1], len(self.values))
        return bool(np.allclose(self.values, even, rtol=0, atol=TOLERANCE * abs(self.step)))

    @property
    def step(self) -> float:
        """Mean step of the coordinates; 1 if there is only one."""
        n_steps = len(self.values) - 1
        return float(self.values[-1] - self.values[0]) / n_steps if n_steps > 0 else 1.0


@dataclass(frozen=True)
class SpectrumCube:
    """All spectra of a prediction: each structure, and each of its atoms if requested, has the same directions.

    Attributes:
        spectrum: (n_rows, n_directions, n_energies) intensities.
        spectrum_std: their standard deviations; None without an ensemble.
        axes: the axes of the array: `structure` or `site`, `angle` for a scan or else `direction`, and `energy`.
        labels: (n_directions,) labels of the directions.
        structures: (n_rows,) number of the structure.
        atoms: (n_rows,) index of the atom, -1 for a molecular spectrum.
        names: (n_rows,) formula, and atom unless it is a molecular spectrum.
        record: origin of the spectra.
    """

    spectrum: NDArray
    spectrum_std: NDArray | None
    axes: tuple[CubeAxis, CubeAxis, CubeAxis]
    labels: tuple[str, ...]
    structures: NDArray
    atoms: NDArray
    names: tuple[str, ...]
    record: PredictionRecord

    @classmethod
    def of(cls, store: SpectrumStore) -> SpectrumCube:
        """Read all spectra of a store into memory."""
        labels, n_labels = store.record.labels, len(store.record.labels)
        rows = {name: store.read(name, slice(None)) for name in ("structure", "atom", "formula", "spectrum")}
        shape = (len(rows["structure"]) // n_labels, n_labels, store.n_energies)
        std = None if store.record.uncertainty is None else store.read("spectrum_std", slice(None)).reshape(shape)
        structures, atoms, formulas = (rows[name][::n_labels] for name in ("structure", "atom", "formula"))
        names = (
            formula if atom == MOLECULE else f"{formula} atom {atom}"
            for formula, atom in zip(formulas, atoms, strict=True)
        )
        axis = CubeAxis("site" if store.record.sites else "structure", "", np.arange(shape[0], dtype=np.float64))
        axes = (axis, _axis_of_directions(labels), _even(CubeAxis("energy", "eV", store.energies)))
        spectrum = rows["spectrum"].reshape(shape)
        return cls(spectrum, std, axes, labels, structures, atoms, tuple(names), store.record)


def _even(axis: CubeAxis) -> CubeAxis:
    """Remove the rounding of single precision from even steps, which readers take for uneven ones."""
    if not axis.is_uniform:
        return axis
    return replace(axis, values=np.linspace(axis.values[0], axis.values[-1], len(axis.values), dtype=np.float64))


def _axis_of_directions(labels: tuple[str, ...]) -> CubeAxis:
    """Return the angles of a scan in degrees, or numbers of other directions."""
    directions = [parse_direction(label) for label in labels if label != ISOTROPIC]
    angles = [direction.angle for direction in directions if isinstance(direction, RotatedDirection)]
    axes = {direction.axis for direction in directions if isinstance(direction, RotatedDirection)}
    if len(angles) == len(labels) and len(axes) == 1:
        return CubeAxis("angle", "deg", np.array(angles, dtype=np.float64))
    return CubeAxis("direction", "", np.arange(len(labels), dtype=np.float64))
