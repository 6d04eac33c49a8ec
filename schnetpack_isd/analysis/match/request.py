"""Requests for a comparison of candidate structures with measured spectra."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from schnetpack_isd.measured import MeasuredSeries
from schnetpack_isd.prediction.request import PredictionRequest

from .film import CandidateFilm
from .fit import Bounds
from .measurement import require_angles

__all__ = ["FilmMatchRequest", "MatchRequest"]

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
        _check_noise(self.noise)

    @property
    def files(self) -> tuple[PathLike, ...]:
        """All files to read."""
        return (*self.prediction.files, self.measured)


@dataclass(frozen=True)
class FilmMatchRequest:
    """Comparison of candidate structures with spectra of a film at several angles.

    Attributes:
        prediction: the candidates, all structures of its files, and the axis of their energies.
        series: the measured spectra; an unknown degree of polarisation is taken as 1.
        film: how every candidate lies in the film.
        bounds: limits of shift and broadening.
        noise: standard deviation of the measured intensities, relative to their range; estimated if None.
        energy_range: first and last measured energy to compare, eV; None for all of them.
        measured_files: files of the measured spectra, which no output may replace.

    Raises:
        ValueError: an attribute is not as described, or a measured spectrum has no angle.
    """

    prediction: PredictionRequest
    series: MeasuredSeries
    film: CandidateFilm
    bounds: Bounds = field(default_factory=Bounds)
    noise: float | None = None
    energy_range: tuple[float, float] | None = None
    measured_files: Sequence[PathLike] = ()

    def __post_init__(self) -> None:
        _check_noise(self.noise)
        require_angles(self.series)

    @property
    def files(self) -> tuple[PathLike, ...]:
        """All files to read."""
        return (*self.prediction.files, *self.measured_files)

    @property
    def polarisation(self) -> float:
        """Degree of polarisation of the light."""
        return 1.0 if self.series.polarisation is None else self.series.polarisation


def _check_noise(noise: float | None) -> None:
    if noise is not None and not 0 < noise < 1:
        raise ValueError(f"The noise is relative to the range of the intensities, from 0 to 1, not {noise:g}.")
