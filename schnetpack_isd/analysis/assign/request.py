"""Request for the assignment of the peaks of a structure."""

from __future__ import annotations

import os
from dataclasses import dataclass

from schnetpack_isd.prediction.request import PredictionRequest

from .assignment import PROMINENCE, check_prominence

__all__ = ["AssignmentRequest"]

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class AssignmentRequest:
    """Assignment of the peaks of one structure.

    Attributes:
        prediction: the structure, its energies and intensities.
        sites: keep sites apart that have the same spectrum.
        prominence: smallest prominence of a peak, relative to the highest intensity.
        measured: file of a measured spectrum to draw over the prediction, see
            :func:`~schnetpack_isd.measured.read_spectrum`; None for none.
        column: column of its intensities, its number from 1 or a part of its label; found if None.
        energy_column: column of its energies; found if None.

    Raises:
        ValueError: the prominence is not between 0 and 1.
    """

    prediction: PredictionRequest
    sites: bool = False
    prominence: float = PROMINENCE
    measured: PathLike | None = None
    column: str | int | None = None
    energy_column: str | int | None = None

    def __post_init__(self) -> None:
        check_prominence(self.prominence)

    @property
    def files(self) -> tuple[PathLike, ...]:
        """All files to read."""
        return (*self.prediction.files, *([] if self.measured is None else [self.measured]))
