r"""Linear model of the spectra of a film, for given nuisance parameters.

With the second moments :math:`Q` of the film normal in the frame of the molecule, and :math:`q = aQ` for a scale
:math:`a`, the spectrum at an angle is linear in :math:`q`, offsets and the height of an edge step:

.. math:: I_k(E) = p_k\, q : \sigma(E) + (1 - p_k) \frac{\mathrm{tr}\, q\, \mathrm{tr}\, \sigma(E) - q : \sigma(E)}{2}
    + b_k + h\, t(E), \qquad p_k = P \cos^2\theta_k

About a molecular axis :math:`m`, :math:`q` has two parameters, :math:`a` and :math:`aS`. The energy shift, a further
broadening and the degree of polarisation :math:`P` are not linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RectBivariateSpline

from schnetpack_isd.measured import MeasuredSeries
from schnetpack_isd.spectra.alignment import edge_step
from schnetpack_isd.spectra.smearing import smear

from .molecule import FilmMolecule

__all__ = ["LARGEST_BROADENING", "LARGEST_SHIFT", "Design", "Nuisance", "Points"]

LARGEST_SHIFT = 1.0
"""Largest shift, up or down, of the energies of the molecule, in eV."""

LARGEST_BROADENING = 0.6
"""Largest standard deviation of the further Gaussian broadening, in eV."""

WIDTHS = np.linspace(0.0, LARGEST_BROADENING, 13)
"""Broadenings of the table that is interpolated, in eV."""

SYMMETRIC = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
"""Components xx, yy, zz, yz, xz, xy."""


@dataclass(frozen=True)
class Nuisance:
    """Parameters that are not linear.

    Attributes:
        shift: added to the energies of the molecule, eV.
        broadening: standard deviation of the further Gaussian broadening, eV.
        polarisation: fraction of the light that is polarised in the plane of incidence.
    """

    shift: float
    broadening: float
    polarisation: float


@dataclass(frozen=True)
class Points:
    """Measured points of all angles, one after the other.

    Attributes:
        energies: (n_points,) energies in eV.
        intensities: (n_points,) intensities.
        weights: (n_points,) factors of the residuals; their squares are proportional to the steps of the energies.
        angle: (n_points,) number of the spectrum, from 0.
        cosine2: (n_points,) squared cosine of the angle between the field and the film normal.
    """

    energies: NDArray[np.float64]
    intensities: NDArray[np.float64]
    weights: NDArray[np.float64]
    angle: NDArray[np.int64]
    cosine2: NDArray[np.float64]

    @property
    def n_angles(self) -> int:
        """Number of spectra."""
        return int(self.angle[-1]) + 1

    def split(self, values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the values (n_points,) of each spectrum."""
        return np.split(values, np.flatnonzero(np.diff(self.angle)) + 1)

    @classmethod
    def of(cls, series: MeasuredSeries, lowest: float, highest: float) -> Points:
        """Take the points of a series from one energy to another."""
        parts = []
        for number, (spectrum, angle) in enumerate(zip(series.spectra, series.angles, strict=True)):
            inside = (spectrum.energies >= lowest) & (spectrum.energies <= highest)
            steps = np.gradient(spectrum.energies)[inside]
            ones = np.ones(inside.sum())
            parts.append(
                (
                    spectrum.energies[inside],
                    spectrum.intensities[inside],
                    np.sqrt(steps),
                    number * ones,
                    np.cos(np.radians(angle)) ** 2 * ones,
                )
            )
        energies, intensities, weights, angle, cosine2 = (np.concatenate(part) for part in zip(*parts, strict=True))
        return cls(energies, intensities, weights / np.sqrt(np.mean(weights**2)), angle.astype(np.int64), cosine2)


class Design:
    """Columns of the linear model at the measured points."""

    def __init__(self, molecule: FilmMolecule, points: Points, axis: NDArray[np.float64] | None) -> None:
        """Tabulate the spectra of a molecule with further broadening.

        Args:
            molecule: the molecule.
            points: the measured points.
            axis: (3,) molecular axis; None for the six components of the second moments.
        """
        self.points = points
        self.axis = axis
        self.thresholds = molecule.thresholds
        self.n_moments = 6 if axis is None else 2
        components = _components(molecule.tensor, axis)
        tables = np.stack([smear(molecule.energies, components, width) for width in WIDTHS], axis=1)
        self._tables = [RectBivariateSpline(WIDTHS, molecule.energies, table) for table in tables]
        self._offsets = np.eye(points.n_angles)[points.angle]

    def columns(self, nuisance: Nuisance) -> NDArray[np.float64]:
        """Return (n_points, n_columns) columns: second moments, offsets of the angles, and the edge step.

        The first columns are scale and scale times order parameter, or the components xx, yy, zz, yz, xz, xy of scale
        times second moments. Without thresholds, there is no edge step.
        """
        points = self.points
        energies = points.energies - nuisance.shift
        spectra = np.stack([table(nuisance.broadening, energies, grid=False) for table in self._tables], axis=1)
        along = nuisance.polarisation * points.cosine2[:, None]  # share of the field along the normal
        order = (3 * along - 1) / 2
        if self.n_moments == 2:
            moments = np.concatenate([spectra[:, :1], order * spectra[:, 1:]], axis=1)
        else:
            isotropic = spectra[:, :3].sum(axis=1, keepdims=True) * np.array([1, 1, 1, 0, 0, 0]) / 3
            moments = isotropic + order * (spectra * np.array([1, 1, 1, 2, 2, 2]) - isotropic)
        parts = [moments, self._offsets]
        if len(self.thresholds):
            parts.append(np.mean([edge_step(energies, edge) for edge in self.thresholds], axis=0)[:, None])
        return np.concatenate(parts, axis=1)


def _components(tensor: NDArray, axis: NDArray | None) -> NDArray:
    """Return the isotropic spectrum, and the one along the axis less the isotropic one; or all six components."""
    if axis is None:
        return np.stack([tensor[i, j] for i, j in SYMMETRIC])
    isotropic = np.einsum("iik->k", tensor) / 3
    return np.stack([isotropic, np.einsum("i,ijk,j->k", axis, tensor, axis) - isotropic])
