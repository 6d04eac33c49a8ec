"""Orientation of candidates in a film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from schnetpack_isd.analysis.film import FilmGeometry, FixedNormal, TiltedAxis
from schnetpack_isd.analysis.molecular_axis import MolecularAxis

__all__ = ["CandidateFilm", "FittedTilt"]


@dataclass(frozen=True)
class FittedTilt:
    """Molecules that are turned at random about an axis, whose tilt from the film normal is fitted for each candidate.

    Attributes:
        axis: the molecular axis.
    """

    axis: MolecularAxis


@dataclass(frozen=True)
class CandidateFilm:
    """How every candidate lies in the film.

    Attributes:
        orientation: the film normal in the frame of each structure, as for adsorption geometries; or an axis of every
            candidate with one tilt, or with tilts that are fitted.
        fold: number of domains, rotated by 360 degrees / `fold` about the film normal; None for random azimuths.
        azimuth: angle in degrees of the plane of incidence, for one or two domains; see
            :class:`~schnetpack_isd.analysis.film.FilmGeometry`.
    """

    orientation: FixedNormal | TiltedAxis | FittedTilt
    fold: int | None = None
    azimuth: float | None = None

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: one of them is not as described, or a tilt is to be fitted in a single domain, whose spectra are
                not linear in the squared cosine of the tilt.
        """
        self._geometries(1.0)
        if self.fold == 1 and isinstance(self.orientation, FittedTilt):
            raise ValueError(
                "The tilt of molecules in a single domain is not fitted; give it with --tilt, or take --domains 2 or "
                "all azimuths."
            )

    @property
    def description(self) -> str:
        """One line for files and figures."""
        described = self._geometries(1.0)[0].description
        if isinstance(self.orientation, FittedTilt):
            return described.replace("tilted by 0°", "tilt fitted")
        return described

    def weights(self, angles: ArrayLike, polarisation: float, atoms: Atoms) -> NDArray[np.float64]:
        """Return what light sees of a candidate.

        Args:
            angles: (n_angles,) angles in degrees between field and film normal.
            polarisation: fraction of the light that is polarised in the plane of incidence.
            atoms: the candidate.

        Returns:
            (n_terms, n_angles, 3, 3) weights of its absorption tensor, of trace 1. There are two terms if a tilt is
            fitted, with the axis along the normal and in the film, and one otherwise.

        Raises:
            ValueError: the structure does not have such an axis or normal.
        """
        return np.stack([geometry.weights(angles, atoms) for geometry in self._geometries(polarisation)])

    def _geometries(self, polarisation: float) -> list[FilmGeometry]:
        orientations: list[FixedNormal | TiltedAxis]
        if isinstance(self.orientation, FittedTilt):
            orientations = [TiltedAxis(self.orientation.axis, tilt) for tilt in (0.0, 90.0)]
        else:
            orientations = [self.orientation]
        return [FilmGeometry(orientation, self.fold, self.azimuth, polarisation) for orientation in orientations]
