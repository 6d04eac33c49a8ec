"""Spectra of a film from a structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.analysis.spectrum_table import Column, Table
from schnetpack_isd.measured import check_degrees
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.spectra import weighted_spectra

from .geometry import FilmGeometry

if TYPE_CHECKING:
    from schnetpack_isd.analysis.structure_prediction import PredictedStructure  # imports PyTorch

__all__ = ["ANGLES", "FilmRequest", "FilmSpectra", "Resonance"]

ANGLES = (20.0, 55.0, 90.0)
"""Angles of incidence in degrees if none are given: grazing, about the magic angle, and normal."""

CURVE = np.linspace(0.0, 90.0, 91)
"""Angles in degrees of the curve of a resonance."""


@dataclass(frozen=True)
class FilmRequest:
    """Spectra of a film to predict.

    Attributes:
        prediction: the structure, its energies and intensities.
        geometry: orientation of the molecules, domains, and polarisation.
        angles: angles of incidence in degrees, between beam and surface; for p-polarised light, those between field and
            film normal. After construction, a tuple in ascending order.
        resonances: ranges of energy (first, last) in eV, over which intensities are integrated.

    Raises:
        ValueError: an angle is not from 0 to 90 degrees, looks like radians or occurs twice, or a range does not rise.
    """

    prediction: PredictionRequest
    geometry: FilmGeometry
    angles: Sequence[float] = ANGLES
    resonances: Sequence[tuple[float, float]] = ()

    def __post_init__(self) -> None:
        angles = tuple(sorted(float(angle) for angle in self.angles))
        if not angles or not all(0 <= angle <= 90 for angle in angles):
            raise ValueError(
                "The angles of incidence must be from 0 (grazing) to 90 degrees (normal), measured from the surface, "
                f"not {', '.join(f'{angle:g}' for angle in self.angles)}."
            )
        check_degrees(angles, "The angles")
        if repeated := [one for one, other in pairwise(angles) if one == other]:
            raise ValueError(f"The angle {repeated[0]:g} occurs twice.")
        for first, last in self.resonances:
            if not (np.isfinite([first, last]).all() and first < last):
                raise ValueError(f"A resonance needs a first and a higher last energy, not {first:g} and {last:g}.")
        object.__setattr__(self, "angles", angles)


@dataclass(frozen=True)
class Resonance:
    """Intensity of a resonance, integrated over a range of energies, against the angle of incidence.

    Attributes:
        limits: first and last energy in eV.
        intensity: (n_angles,) intensities at the angles of the film, in the unit of the spectra times eV.
        std: (n_angles,) their standard deviations; None for a single model.
        curve: (91,) intensities from 0 to 90 degrees in steps of 1; a straight line against the squared cosine of the
            angle, unless the film is a single domain.
    """

    limits: tuple[float, float]
    intensity: NDArray[np.float64]
    std: NDArray[np.float64] | None
    curve: NDArray[np.float64]

    @property
    def name(self) -> str:
        """Range of energies."""
        return f"{self.limits[0]:g} to {self.limits[1]:g} eV"


@dataclass(frozen=True)
class FilmSpectra:
    """Spectra of a film at several angles, with standard deviations.

    Attributes:
        request: the film.
        predicted: the structure and its absorption tensor.

    Raises:
        ValueError: a resonance is not within the predicted energies.
    """

    request: FilmRequest
    predicted: PredictedStructure

    def __post_init__(self) -> None:
        start, end = self.predicted.energies[[0, -1]]
        for first, last in self.request.resonances:
            if not start <= first < last <= end:
                raise ValueError(
                    f"The resonance from {first:g} to {last:g} eV is not within the predicted energies, {start:.1f} to "
                    f"{end:.1f} eV; --experimental-axis or --energy-shift shift these."
                )

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """(n_angles, 3, 3) weights of the absorption tensor at each angle."""
        return self.request.geometry.weights(self.request.angles, self.predicted.atoms)

    @cached_property
    def spectra(self) -> tuple[NDArray, NDArray | None]:
        """(n_angles, n_energies) spectra in ascending order of the angles, and their standard deviation."""
        return self._with_std(self.weights)

    @cached_property
    def isotropic(self) -> tuple[NDArray, NDArray | None]:
        """(n_energies,) isotropic spectrum, that of a film without order, and its standard deviation."""
        return self._with_std(np.eye(3) / 3)

    @cached_property
    def difference(self) -> tuple[NDArray, NDArray | None]:
        """(n_energies,) spectrum at the lowest angle minus that at the highest, and its standard deviation."""
        return self._with_std(self.weights[0] - self.weights[-1])

    @cached_property
    def resonances(self) -> tuple[Resonance, ...]:
        """Intensities of the resonances."""
        return tuple(map(self._resonance, self.request.resonances))

    def _resonance(self, limits: tuple[float, float]) -> Resonance:
        def intensity(weights: NDArray, tensor: NDArray) -> NDArray:
            return weighted_spectra(weights, _integrate(self.predicted.energies, tensor, limits)[..., None])[:, 0]

        curve = self.request.geometry.weights(CURVE, self.predicted.atoms)
        values, std = self.predicted.with_std(lambda tensor: intensity(self.weights, tensor))
        return Resonance(limits, values, std, intensity(curve, self.predicted.tensor))

    def _with_std(self, weights: NDArray) -> tuple[NDArray, NDArray | None]:
        return self.predicted.with_std(lambda tensor: weighted_spectra(weights, tensor))

    def table(self) -> Table:
        """Return the spectra as columns, with all settings."""
        angles = self.request.angles
        columns = [
            Column(f"film_{angle:g}deg", f"film, beam at {angle:g} degrees to the surface", *self.row(number))
            for number, angle in enumerate(angles)
        ]
        columns.append(Column("isotropic", "isotropic, a film without order", *self.isotropic))
        if len(angles) > 1:
            name = f"difference_{angles[0]:g}deg_minus_{angles[-1]:g}deg"
            columns.append(Column(name, f"column 2 minus that at {angles[-1]:g} degrees", *self.difference))
        return Table(self.predicted.energies, columns, self._settings(), self.predicted.origin)

    def row(self, number: int) -> tuple[NDArray, NDArray | None]:
        """Return the spectrum (n_energies,) at one of the angles, and its standard deviation."""
        spectra, std = self.spectra
        return spectra[number], None if std is None else std[number]

    def _settings(self) -> dict[str, str | float]:
        geometry = self.request.geometry
        settings: dict[str, str | float] = {
            "film": geometry.description,
            "orientation": geometry.orientation.label,
            "angle_convention": "between beam and surface; for p-polarised light, between field and film normal",
            "polarisation": geometry.polarisation,
        }
        for resonance in self.resonances:
            stds = [""] * len(resonance.intensity) if resonance.std is None else [f" ± {s:.4g}" for s in resonance.std]
            intensities = zip(self.request.angles, resonance.intensity, stds, strict=True)
            text = "; ".join(f"{angle:g} deg: {value:.5g}{std}" for angle, value, std in intensities)
            if geometry.fold != 1:
                at_normal, slope = resonance.curve[-1], resonance.curve[0] - resonance.curve[-1]
                text += f"; line: {at_normal:.5g} {'-' if slope < 0 else '+'} {abs(slope):.5g} cos^2(angle)"
            settings[f"resonance {resonance.name}"] = text
        return settings


def _integrate(energies: NDArray, tensor: NDArray, limits: tuple[float, float]) -> NDArray[np.float64]:
    """Return the integral (3, 3) of a tensor over a range of energies, linear between its points."""
    first, last = limits
    inside = energies[(energies > first) & (energies < last)]
    grid = np.array([first, *inside, last])
    values = [[np.interp(grid, energies, component) for component in row] for row in tensor]
    return np.trapezoid(values, grid, axis=-1)
