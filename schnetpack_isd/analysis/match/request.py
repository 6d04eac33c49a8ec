"""Request for a comparison of candidate structures with a measured spectrum."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from schnetpack_isd.prediction.request import PredictionRequest

from .fit import Bounds

__all__ = ["MatchRequest"]

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class MatchRequest:
    """Comparison of candidate structures with a measured spectrum.

    Attributes:
        prediction: the candidates, all structures of its files, and the axis of their energies, which must be the
            measured one within the limits of the shift.
        measured: file of the measured spectrum of a gas, a powder or an unoriented film; see
            :func:`~schnetpack_isd.measured.read_spectrum`.
        column: column of the intensities, its number from 1 or a part of its label; found if None.
        energy_column: column of the energies; found if None.
        bounds: limits of shift and broadening.
        noise: standard deviation of the measured intensities, relative to their range; estimated if None.
        energy_range: first and last measured energy to compare, eV; None for all of them.

    Raises:
        ValueError: an attribute is not as described.
    """

    prediction: PredictionRequest
    measured: PathLike
    column: str | int | None = None
    energy_column: str | int | None = None
    bounds: Bounds = field(default_factory=Bounds)
    noise: float | None = None
    energy_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.noise is not None and not 0 < self.noise < 1:
            raise ValueError(f"The noise is relative to the range of the intensities, from 0 to 1, not {self.noise:g}.")

    @property
    def files(self) -> tuple[PathLike, ...]:
        """All files to read."""
        return (*self.prediction.files, self.measured)
