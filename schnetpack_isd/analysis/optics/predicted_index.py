"""Optical constants of a material near an edge, from a structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from ase.formula import Formula
from numpy.typing import NDArray

from schnetpack_isd.analysis.film.geometry import TiltedAxis
from schnetpack_isd.analysis.spectrum_table import Column, Table
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.spectra import RefractiveIndex, refractive_index, weighted_spectra

if TYPE_CHECKING:
    from schnetpack_isd.analysis.structure_prediction import PredictedStructure  # imports PyTorch

__all__ = ["OpticsRequest", "PredictedIndex", "parse_composition"]

MARGIN = 25.0
"""Range in eV before and after the predicted energies."""

STEP = 0.1
"""Step of the photon energies in eV."""


@dataclass(frozen=True)
class OpticsRequest:
    """Optical constants to predict.

    Attributes:
        prediction: the structure, and its energies, which must be on the measured axis.
        density: density of the material in g/cm³.
        composition: number of atoms in a formula unit by symbol; that of the structure if None.
        orientation: orientation of the molecules in a uniaxial film; None for a material without order.
    """

    prediction: PredictionRequest
    density: float
    composition: Mapping[str, float] | None = None
    orientation: TiltedAxis | None = None


@dataclass(frozen=True)
class PredictedIndex:
    """Refractive index of a material, with standard deviations.

    Attributes:
        request: the material.
        predicted: the structure and its absorption tensor.

    Raises:
        ImportError: KKcalc is not installed.
        ValueError: the edge is not within the predicted energies, or the composition or the density is not valid.
    """

    request: OpticsRequest
    predicted: PredictedStructure

    def __post_init__(self) -> None:
        _ = self.index

    @cached_property
    def energies(self) -> NDArray[np.float64]:
        """(n,) photon energies in eV."""
        first, last = self.predicted.energies[[0, -1]]
        return np.arange(np.floor(first - MARGIN) / STEP, np.ceil(last + MARGIN) / STEP + 1) * STEP

    @property
    def composition(self) -> Mapping[str, float]:
        """Number of atoms in a formula unit by symbol."""
        atoms = self.predicted.atoms
        return atoms.symbols.formula.count() if self.request.composition is None else self.request.composition

    @cached_property
    def index(self) -> RefractiveIndex:
        """Tensor of the refractive index in the frame of the film, whose normal is z."""
        return self._index(self.predicted.tensor)

    @cached_property
    def constants(self) -> tuple[NDArray, NDArray | None]:
        """(2, 3, n) delta and beta: isotropic, along the film normal, and in the film; and their standard deviation."""

        def constants(tensor: NDArray) -> NDArray:
            index = self._index(tensor)
            return np.stack([[np.trace(part) / 3, part[2, 2], part[0, 0]] for part in (index.delta, index.beta)])

        return self.predicted.with_std(constants)

    def _index(self, tensor: NDArray) -> RefractiveIndex:
        weights = np.broadcast_to(np.eye(3) / 3, (3, 3, 3))
        if self.request.orientation is not None:
            in_plane, along = np.diag([0.5, 0.5, 0.0]), np.diag([0.0, 0.0, 1.0])
            weights = self.request.orientation.weights(np.stack([in_plane, in_plane, along]), self.predicted.atoms)
        film = np.eye(3)[..., None] * weighted_spectra(weights, tensor)
        return refractive_index(
            self.predicted.energies,
            film,
            self.composition,
            self.request.density,
            element=self.predicted.record.absorbing_element,
            at=self.energies,
        )

    def table(self) -> Table:
        """Return delta and beta as columns, with all settings."""
        kinds = [("", "without order")]
        if self.request.orientation is not None:
            kinds += [("_normal", "field along the film normal"), ("_in_plane", "field in the film")]
        values, std = self.constants
        columns = [
            Column(
                f"{name}{suffix}",
                f"{name} of n = 1 - delta + i beta, {text}",
                values[number, kind],
                None if std is None else std[number, kind],
            )
            for number, name in enumerate(("delta", "beta"))
            for kind, (suffix, text) in enumerate(kinds)
        ]
        return Table(self.energies, columns, self._settings(), self.predicted.origin)

    def _settings(self) -> dict[str, str | float]:
        orientation = self.request.orientation
        return {
            "composition": "".join(f"{symbol}{number:g}" for symbol, number in self.composition.items()),
            "density_g_per_cm3": self.request.density,
            "orientation": "none" if orientation is None else orientation.label,
            "scattering_factor_per_intensity": self.index.scale,
            "bare_atoms": "KKcalc",
        }


def parse_composition(formula: str) -> dict[str, float]:
    """Return the number of atoms by symbol of a formula such as C8H8.

    Raises:
        ValueError: it is not a chemical formula.
    """
    try:
        return {symbol: float(number) for symbol, number in Formula(formula).count().items()}
    except (ValueError, KeyError) as error:
        raise ValueError(f"{formula!r} is not a chemical formula; write it as C8H8.") from error
