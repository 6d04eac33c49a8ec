"""Geometry of a film and of the light on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from schnetpack_isd.analysis.molecular_axis import MolecularAxis
from schnetpack_isd.directions import Direction, PlaneNormal, unit_vectors
from schnetpack_isd.measured import check_degrees
from schnetpack_isd.spectra import (
    domain_average,
    gaussian_tilt_order,
    light_matrix,
    weights_along_normal,
    weights_of_tilt,
)

__all__ = ["FilmGeometry", "FixedNormal", "TiltedAxis"]


@dataclass(frozen=True)
class TiltedAxis:
    """Molecules that are turned at random about an axis, which is tilted from the film normal.

    Attributes:
        axis: the molecular axis.
        tilt: angle in degrees between axis and normal, or the centre of its Gaussian distribution.
        spread: standard deviation of the distribution in degrees.
    """

    axis: MolecularAxis
    tilt: float = 0.0
    spread: float = 0.0

    def __post_init__(self) -> None:
        """Check the angles.

        Raises:
            ValueError: the tilt is not from 0 to 90 degrees or looks like radians, or the spread is not as described.
        """
        gaussian_tilt_order(self.tilt, self.spread)
        check_degrees([self.tilt], "The tilt")

    @property
    def label(self) -> str:
        """Text for files: ``plane all, tilt 30, spread 10``."""
        return f"{self.axis.label}, tilt {self.tilt:g}, spread {self.spread:g}"

    @property
    def description(self) -> str:
        """One line for figures."""
        spread = f" ± {self.spread:g}" if self.spread else ""
        return f"{self.axis.description}, tilted by {self.tilt:g}{spread}°"

    def weights(self, light: NDArray[np.float64], atoms: Atoms) -> NDArray[np.float64]:
        """Return what light sees of a structure; see :func:`~schnetpack_isd.spectra.weights_of_tilt`."""
        return weights_of_tilt(light, self.axis.unit_vector(atoms), self.tilt, self.spread)


@dataclass(frozen=True)
class FixedNormal:
    """A crystal or an adsorbate, whose structure has the film normal in its frame.

    Attributes:
        normal: direction of the film normal.
    """

    normal: Direction

    @property
    def label(self) -> str:
        """Text for files: ``normal hkl(0 0 1)``."""
        return f"normal {self.normal.label}"

    @property
    def description(self) -> str:
        """One line for figures."""
        return f"film {'' if isinstance(self.normal, PlaneNormal) else 'normal '}{self.normal.description}"

    def weights(self, light: NDArray[np.float64], atoms: Atoms) -> NDArray[np.float64]:
        """Return what light sees of a structure; see :func:`~schnetpack_isd.spectra.weights_along_normal`."""
        return weights_along_normal(light, unit_vectors([self.normal], atoms.cell)[0])


@dataclass(frozen=True)
class FilmGeometry:
    r"""Orientation of the molecules, domains, and polarisation.

    Attributes:
        orientation: orientation of the molecules with respect to the film normal.
        fold: domains are rotated by 360 degrees / `fold` about the film normal: 1 is a single domain; None for random
            azimuths, which an axis of three or more folds equals.
        azimuth: angle in degrees between the plane of incidence and the tilted axis, or for a fixed normal the
            projection of the structure's x onto the film; for one or two domains.
        polarisation: fraction :math:`P = I_\parallel / (I_\parallel + I_\perp)` of the light that is polarised in the
            plane of incidence.
    """

    orientation: TiltedAxis | FixedNormal
    fold: int | None = None
    azimuth: float | None = None
    polarisation: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: one of them is not as described, or the azimuth is missing or has no effect.
        """
        domain_average(light_matrix(0.0, self.polarisation), self.fold)
        if self.is_uniaxial and self.azimuth is not None:
            raise ValueError(
                "The azimuth of the plane of incidence has no effect on a uniaxial film; leave out --azimuth, or give "
                "the domains: --domains 1 or --domains 2."
            )
        if not self.is_uniaxial and (self.azimuth is None or not np.isfinite(self.azimuth)):
            raise ValueError(
                f"Spectra of a film with {self.fold} domain{'s' if self.fold == 2 else ''} depend on the azimuth of "
                "the plane of incidence; give --azimuth DEGREES."
            )

    @property
    def is_uniaxial(self) -> bool:
        """True if all azimuths have the same spectrum."""
        return self.fold not in (1, 2)

    @property
    def description(self) -> str:
        """One line for files and figures."""
        if self.is_uniaxial:
            domains = "all azimuths" if self.fold is None else f"{self.fold} domains, uniaxial"
        else:
            domains = f"{self.fold} domain{'s' if self.fold == 2 else ''}, azimuth {self.azimuth:g}°"
        return f"{self.orientation.description}, {domains}"

    def weights(self, angle: ArrayLike, atoms: Atoms) -> NDArray[np.float64]:
        """Return what light sees of a structure.

        Args:
            angle: (...) angles in degrees between beam and surface, which for p-polarised light are those between
                field and film normal.
            atoms: the structure.

        Returns:
            (..., 3, 3) weights of its absorption tensor, of trace 1.

        Raises:
            ValueError: the structure does not have such an axis or normal; the message says why.
        """
        light = light_matrix(angle, self.polarisation, self.azimuth or 0.0)
        return self.orientation.weights(domain_average(light, self.fold), atoms)
