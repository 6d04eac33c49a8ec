"""Measured spectra at several angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .angles import check_degrees

__all__ = ["UNKNOWN_POLARISATION", "MeasuredSeries", "MeasuredSpectrum"]

UNKNOWN_POLARISATION = (
    "The degree of polarisation is not given and is taken as 1 (`--polarisation`). Bending magnets have 0.8 to 0.95."
)
"""Warning of fits to a series whose degree of polarisation is not known."""


@dataclass(frozen=True)
class MeasuredSpectrum:
    """A measured spectrum.

    Attributes:
        energies: (n,) ascending energies in eV.
        intensities: (n,) intensities in any unit.
        angle: angle in degrees between the field (or momentum transfer) and the film normal, from 0 to 90; for
            p-polarised light, the angle of incidence measured from the surface. None for a powder, a gas or an
            unoriented film.
        source: name for messages and figures, usually the file.
        energies_from: column of the file that has the energies, as text; empty if it did not come from columns.
    """

    energies: NDArray[np.float64]
    intensities: NDArray[np.float64]
    angle: float | None = None
    source: str = "spectrum"
    energies_from: str = ""

    def __post_init__(self) -> None:
        """Check the arrays.

        Raises:
            ValueError: they have different or other shapes, the energies do not ascend, a number is not finite, or the
                angle is not from 0 to 90 degrees.
        """
        shapes = (np.shape(self.energies), np.shape(self.intensities))
        if shapes[0] != shapes[1] or len(shapes[0]) != 1 or shapes[0][0] < 2:
            raise ValueError(f"{self.source}: energies and intensities must be two equally long rows, not {shapes}.")
        if not (np.isfinite(self.energies).all() and np.isfinite(self.intensities).all()):
            raise ValueError(f"{self.source} has a number that is not finite.")
        if not np.all(np.diff(self.energies) > 0):
            raise ValueError(f"{self.source}: energies must ascend.")
        if self.angle is not None and not 0 <= self.angle <= 90:
            raise ValueError(
                f"{self.source}: the angle between field and film normal must be from 0 to 90 degrees, not "
                f"{self.angle:g}; give the angle of incidence measured from the surface."
            )


@dataclass(frozen=True)
class MeasuredSeries:
    """Spectra of one film at several angles.

    Attributes:
        spectra: one spectrum for each angle, in ascending order of the angles.
        polarisation: fraction of the light that is polarised in the plane of incidence, see
            :func:`~schnetpack_isd.spectra.film_spectrum`; None if it is not known.
    """

    spectra: tuple[MeasuredSpectrum, ...]
    polarisation: float | None = None

    def __post_init__(self) -> None:
        """Check the angles.

        Raises:
            ValueError: they look like radians.
        """
        check_degrees([spectrum.angle for spectrum in self.spectra if spectrum.angle is not None], "The angles")

    def require_angles(self, purpose: str, advice: str = "") -> None:
        """Check that there are spectra, and that each has an angle.

        Args:
            purpose: the analysis that needs angles, for the message.
            advice: further sentence of the message.

        Raises:
            ValueError: there are none, or one has no angle.
        """
        if not self.spectra:
            raise ValueError("There are no measured spectra.")
        for spectrum in self.spectra:
            if spectrum.angle is None:
                raise ValueError(
                    f"{spectrum.source} has no angle; {purpose} needs the angle between field and film normal of each "
                    f"spectrum.{advice and ' '}{advice}"
                )

    @property
    def angles(self) -> NDArray[np.float64]:
        """(n_angles,) angles between field and film normal in degrees."""
        return np.array([spectrum.angle for spectrum in self.spectra], dtype=np.float64)
