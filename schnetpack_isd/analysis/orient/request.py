"""Request for the orientation of a molecule in a measured film."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from schnetpack_isd.analysis.molecular_axis import MolecularAxis
from schnetpack_isd.measured import MeasuredSeries
from schnetpack_isd.prediction.request import PredictionRequest

__all__ = ["OrientationRequest"]


@dataclass(frozen=True)
class OrientationRequest:
    """A structure and the measured spectra of its film.

    Attributes:
        prediction: the structure, and the axis of its energies.
        series: the measured spectra.
        axis: molecular axis about which the molecules are turned at random; None to fit all second moments.
        energy_range: first and last measured energy to compare, eV; None for all of them.
        fit_polarisation: fit the degree of polarisation too.
        measured_files: files of the measured spectra, which no output may replace.
    """

    prediction: PredictionRequest
    series: MeasuredSeries
    axis: MolecularAxis | None
    energy_range: tuple[float, float] | None = None
    fit_polarisation: bool = False
    measured_files: Sequence[str | os.PathLike[str]] = ()

    @property
    def files(self) -> tuple[str | os.PathLike[str], ...]:
        """All files to read."""
        return (*self.prediction.files, *self.measured_files)
