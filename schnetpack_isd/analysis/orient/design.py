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
from scipy.interpolate import BSpline, CubicSpline, make_interp_spline

from schnetpack_isd.measured import MeasuredSeries
from schnetpack_isd.spectra import edge_steps, smear
from schnetpack_isd.spectra.tensor import COLUMNS, ROWS

from .molecule import FilmMolecule

__all__ = ["LARGEST_BROADENING", "LARGEST_SHIFT", "Design", "Nuisance", "Points"]

LARGEST_SHIFT = 1.0
"""Largest shift, up or down, of the energies of the molecule, in eV."""

LARGEST_BROADENING = 0.6
"""Largest standard deviation of the further Gaussian broadening, in eV."""

WIDTHS = np.linspace(0.0, LARGEST_BROADENING, 13)
"""Broadenings of the table that is interpolated, in eV."""


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
        components = _components(molecule, axis)
        tables = np.stack([smear(molecule.energies, components, width).T for width in WIDTHS], axis=1)
        spline = make_interp_spline(molecule.energies, tables)
        self._limits, self._knots = (molecule.energies[0], molecule.energies[-1]), spline.t
        self._coefficients = CubicSpline(WIDTHS, spline.c, axis=1)
        self._offsets = np.eye(points.n_angles)[points.angle]

    def _spectra(self, nuisance: Nuisance) -> NDArray[np.float64]:
        """Return the broadened components (n_points, n_components) at the energies of the points.

        Beyond the axis of the molecule, they have their values at its ends.
        """
        energies = np.clip(self.points.energies - nuisance.shift, *self._limits)
        return BSpline(self._knots, self._coefficients(nuisance.broadening), 3)(energies)

    def columns(self, nuisance: Nuisance) -> NDArray[np.float64]:
        """Return (n_points, n_columns) columns: second moments, offsets of the angles, and the edge step.

        The first columns are scale and scale times order parameter, or the components xx, yy, zz, yz, xz, xy of scale
        times second moments. Without thresholds, there is no edge step.
        """
        spectra = self._spectra(nuisance)
        along = nuisance.polarisation * self.points.cosine2[:, None]  # share of the field along the normal
        order = (3 * along - 1) / 2
        if self.n_moments == 2:
            moments = np.concatenate([spectra[:, :1], order * spectra[:, 1:2]], axis=1)
        else:
            isotropic = spectra[:, :3].sum(axis=1, keepdims=True) * np.array([1, 1, 1, 0, 0, 0]) / 3
            moments = isotropic + order * (spectra[:, :6] * np.array([1, 1, 1, 2, 2, 2]) - isotropic)
        return np.concatenate([moments, self._offsets, spectra[:, self.n_moments :]], axis=1)


def _components(molecule: FilmMolecule, axis: NDArray | None) -> NDArray:
    """Return spectra (n_components, n_energies): those of the second moments, and the edge step if it is known.

    They are the isotropic spectrum and the one along the axis less the isotropic one, or all six of the tensor.
    """
    tensor = molecule.tensor
    if axis is None:
        rows = [*tensor[ROWS, COLUMNS]]
    else:
        isotropic = np.einsum("iik->k", tensor) / 3
        rows = [isotropic, np.einsum("i,ijk,j->k", axis, tensor, axis) - isotropic]
    if len(molecule.thresholds):
        rows.append(edge_steps(molecule.energies, molecule.thresholds))
    return np.stack(rows)
