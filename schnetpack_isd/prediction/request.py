"""Request for the spectra of a file of structures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from schnetpack_isd.directions import CARTESIAN, ISOTROPIC, DirectionLike, as_directions
from schnetpack_isd.spectra.xps import GAUSSIAN_FWHM, check_widths
from schnetpack_isd.utils.files import check_input

from .shard import Shard
from .structure_files import as_files, parse_index

__all__ = ["PredictionRequest", "check_energy_shift", "check_intensity"]


@dataclass(frozen=True)
class PredictionRequest:
    """Spectra to predict for a file of structures.

    Molecular spectra, the sum over the absorbing atoms, are always included. Without directions and without the
    isotropic average, the request is for x, y, z and the isotropic average.

    Attributes:
        structures: file of structures, or several; see
            :func:`~schnetpack_isd.prediction.structure_files.read_frames`. After construction, a tuple.
        index: frames of each file, as ASE writes them: ``0``, ``-1``, ``10:20``, ``::5``.
        directions: directions, Cartesian vectors or labels; after construction, a tuple of
            :data:`~schnetpack_isd.directions.Direction`.
        isotropic: include the average over all directions.
        sites: include the spectrum of each absorbing atom.
        tensor: include the absorption tensor of each molecule, and with `sites` of each absorbing atom; needs a model
            that predicts tensors.
        shard: part of the structures to predict; all of them if None.
        intensity: "normalised", in units of the model's intensity scale, or "raw", in those of its training data.
        energy_shift: added to the energy axis, eV.
        experimental_axis: instead, shift energies and thresholds to measured ones, as far as the model knows how.
        skip_invalid: leave out structures that cannot be read or predicted, and count them.
        allow_extrapolation: keep implausible intensities, and mark them; otherwise they are an error.
        xps_fwhm: full width at half maximum of the Gaussian of lines in XPS spectra, eV; see
            :func:`~schnetpack_isd.spectra.xps_spectrum`.

    Raises:
        ValueError: a direction is invalid or occurs twice, or another attribute is not as described.
    """

    structures: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
    directions: Sequence[DirectionLike] = ()
    isotropic: bool = False
    sites: bool = False
    tensor: bool = False
    shard: Shard | None = None
    intensity: str = "normalised"
    energy_shift: float = 0.0
    index: str = ":"
    skip_invalid: bool = False
    allow_extrapolation: bool = False
    experimental_axis: bool = False
    xps_fwhm: float = GAUSSIAN_FWHM

    def __post_init__(self) -> None:
        object.__setattr__(self, "structures", as_files(self.structures))
        parse_index(self.index)
        directions = as_directions(self.directions)
        if not directions and not self.isotropic:
            directions = as_directions(CARTESIAN)
            object.__setattr__(self, "isotropic", True)
        object.__setattr__(self, "directions", directions)
        labels = self.labels
        if repeated := [label for number, label in enumerate(labels) if label in labels[:number]]:
            raise ValueError(f"The direction {repeated[0]} occurs twice.")
        check_intensity(self.intensity)
        check_widths(self.xps_fwhm)
        check_energy_shift(self.energy_shift)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Labels of the directions, and of the isotropic average if it is included."""
        labels = [direction.label for direction in as_directions(self.directions)]
        return (*labels, ISOTROPIC) if self.isotropic else tuple(labels)

    def default_output(self) -> str:
        """Return a name for the output if there is none: that of the first file, in the working folder."""
        stem = Path(self.files[0]).name.split(".")[0] or "structures"
        if self.shard is not None:
            return f"{stem}_spectra_{self.shard.part}_of_{self.shard.n_parts}.hdf5"
        return f"{stem}_spectra.hdf5" if self.tensor else f"{stem}_spectra.csv"

    @property
    def files(self) -> tuple[str | os.PathLike[str], ...]:
        """Files of structures."""
        return self.structures  # type: ignore[return-value]  # a tuple after construction

    def check_structures(self) -> None:
        """Check that the files of structures exist.

        Raises:
            FileNotFoundError: one does not.
        """
        check_input(*self.files)


def check_intensity(intensity: str) -> None:
    """Check the unit of intensities.

    Raises:
        ValueError: it is neither "normalised" nor "raw".
    """
    if intensity not in ("normalised", "raw"):
        raise ValueError(f'The intensity must be "normalised" or "raw", not {intensity!r}.')


def check_energy_shift(energy_shift: float) -> None:
    """Check a shift of the energies.

    Raises:
        ValueError: it is not finite.
    """
    if not np.isfinite(energy_shift):
        raise ValueError(f"The energy shift must be a finite number of eV, not {energy_shift}.")
