"""Checks of the files of a prediction, before PyTorch is imported and a model is loaded."""

from __future__ import annotations

import os

from schnetpack_isd.pretrained.names import check_model_name
from schnetpack_isd.utils.files import check_not_input

from .export import check_output_file, check_store_ending, check_tensor_ending
from .request import PredictionRequest

__all__ = ["check_files"]

PathLike = str | os.PathLike[str]


def check_files(
    request: PredictionRequest, model: object, output: PathLike | None, figure: PathLike | None, overwrite: bool
) -> None:
    """Check that the files of a prediction can be read and written.

    Args:
        request: structures and spectra.
        model: path of a model, or anything else that is a model.
        output: file to write, or None.
        figure: figure to draw, or None.
        overwrite: replace an output or a figure that exists.

    Raises:
        FileExistsError: the output or the figure exists and must not be overwritten.
        FileNotFoundError: the structures, the model or the folder of an output do not exist.
        ValueError: there is nothing to write, the name of an output has an unknown ending or one of a format that
            cannot hold what is requested, or an output is an input.
    """
    request.check_structures()
    if isinstance(model, str | os.PathLike):
        check_model_name(model)
    if output is None and figure is None:
        raise ValueError("There is nothing to write: give an output, a figure or both.")
    for path, other in ((output, figure), (figure, None)):
        if path is not None:
            check_not_input(path, (*request.files, getattr(model, "path", model)), [other])
    if request.shard is not None:
        check_store_ending(output)
    if output is not None:
        check_output_file(output, overwrite)
    if request.tensor:
        check_tensor_ending(output)
    if figure is not None:
        from schnetpack_isd.plotting import check_figure

        check_figure(figure, overwrite)
