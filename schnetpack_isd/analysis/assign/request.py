"""Request for the assignment of the peaks of a structure, and checks of its files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from schnetpack_isd.analysis.tables import check_table
from schnetpack_isd.prediction.structure_files import parse_index
from schnetpack_isd.pretrained.names import check_model_name
from schnetpack_isd.utils.files import check_input, check_not_input

from .assignment import PROMINENCE, check_prominence

__all__ = ["AssignmentRequest", "check_assignment_files"]

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class AssignmentRequest:
    """Assignment of the peaks of one structure.

    Attributes:
        structure: file with the structure, in any format of ASE.
        index: frame of the file, for a file with several.
        sites: keep sites apart that have the same spectrum.
        prominence: smallest prominence of a peak, relative to the highest intensity.
        experimental_axis: shift energies and thresholds to measured ones, as far as the model knows how.
        allow_extrapolation: accept structures that are unlike the training data.
        measured: file of a measured spectrum to draw over the prediction, see
            :func:`~schnetpack_isd.measured.read_spectrum`; None for none.

    Raises:
        ValueError: an attribute is not as described.
    """

    structure: PathLike
    index: str = ":"
    sites: bool = False
    prominence: float = PROMINENCE
    experimental_axis: bool = False
    allow_extrapolation: bool = False
    measured: PathLike | None = None

    def __post_init__(self) -> None:
        parse_index(self.index)
        check_prominence(self.prominence)

    def default_output(self) -> str:
        """Return a name for the table if there is none: that of the structure, in the working folder."""
        return f"{Path(self.structure).name.split('.')[0] or 'structure'}_peaks.csv"


def check_assignment_files(
    request: AssignmentRequest, model: object, output: PathLike | None, figure: PathLike | None, overwrite: bool
) -> None:
    """Check that the files of an assignment can be read and written.

    Args:
        request: the request.
        model: path of a model, or anything else that is a model.
        output: table to write, or None.
        figure: figure to draw, or None.
        overwrite: replace an output that exists.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: an input or the folder of an output does not exist.
        ValueError: an output has an unknown ending or is an input, or a measured spectrum has no figure to be drawn in.
    """
    inputs = [request.structure, *([] if request.measured is None else [request.measured])]
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
    elif request.measured is not None:
        raise ValueError("A measured spectrum is drawn in the figure; name one with `--plot FILE`.")
