"""Request for a comparison of candidate structures with a measured spectrum, and checks of its files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from schnetpack_isd.analysis.tables import check_table
from schnetpack_isd.prediction.structure_files import as_files, parse_index
from schnetpack_isd.pretrained.names import check_model_name
from schnetpack_isd.utils.files import check_input, check_not_input

from .fit import Bounds

__all__ = ["MatchRequest", "check_match_files"]

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class MatchRequest:
    """Comparison of candidate structures with a measured spectrum.

    Attributes:
        candidates: file of structures, or several; each structure is a candidate. After construction, a tuple.
        measured: file of the measured spectrum of a gas, a powder or an unoriented film; see
            :func:`~schnetpack_isd.measured.read_spectrum`.
        index: frames of each file, as ASE writes them.
        column: column of the intensities, its number from 1 or a part of its label; found if None.
        energy_column: column of the energies; found if None.
        bounds: limits of shift and broadening. The shift is from the experimental axis, if the model knows it.
        noise: standard deviation of the measured intensities, relative to their range; estimated if None.
        allow_extrapolation: accept structures that are unlike the training data.

    Raises:
        ValueError: an attribute is not as described.
    """

    candidates: PathLike | Sequence[PathLike]
    measured: PathLike
    index: str = ":"
    column: str | int | None = None
    energy_column: str | int | None = None
    bounds: Bounds = field(default_factory=Bounds)
    noise: float | None = None
    allow_extrapolation: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "candidates", as_files(self.candidates))
        parse_index(self.index)
        if self.noise is not None and not 0 < self.noise < 1:
            raise ValueError(f"The noise is relative to the range of the intensities, from 0 to 1, not {self.noise:g}.")

    @property
    def files(self) -> tuple[PathLike, ...]:
        """Files of candidates."""
        return self.candidates  # type: ignore[return-value]  # a tuple after construction


def check_match_files(
    request: MatchRequest, model: object, output: PathLike | None, figure: PathLike | None, overwrite: bool
) -> None:
    """Check that the files of a comparison can be read and written.

    Args:
        request: the request.
        model: path of a model, or anything else that is a model.
        output: table to write, or None.
        figure: figure to draw, or None.
        overwrite: replace an output that exists.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: an input or the folder of an output does not exist.
        ValueError: an output has an unknown ending or is an input.
    """
    inputs = (*request.files, request.measured)
    check_input(*inputs)
    if isinstance(model, str | os.PathLike):
        check_model_name(model)
    written = [path for path in (output, figure) if path is not None]
    for number, path in enumerate(written):
        check_not_input(path, (*inputs, model), written[number + 1 :])
    if output is not None:
        check_table(output, overwrite)
    if figure is not None:
        from schnetpack_isd.plotting import check_figure

        check_figure(figure, overwrite)
