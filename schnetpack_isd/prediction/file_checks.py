"""Checks of the files of a prediction, before PyTorch is imported and a model is loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence

from schnetpack_isd.pretrained.names import check_model_name
from schnetpack_isd.utils.files import check_input, check_not_input

from .export import check_output_file, check_store_ending, check_tensor_ending
from .request import PredictionRequest
from .xps_file import check_xps_file

__all__ = ["check_files", "check_inputs"]

PathLike = str | os.PathLike[str]


def check_inputs(inputs: Sequence[PathLike], model: object, outputs: Sequence[PathLike | None]) -> None:
    """Check that the inputs of a command exist, and that its outputs replace neither them nor each other.

    Args:
        inputs: files to read.
        model: path or name of a model, or anything else that is a model.
        outputs: files to write; None is passed over.

    Raises:
        FileNotFoundError: an input or the model does not exist.
        ValueError: an output is an input, or the name of two outputs.
    """
    check_input(*inputs)
    if isinstance(model, str | os.PathLike):
        check_model_name(model)
    written = [path for path in outputs if path is not None]
    for number, path in enumerate(written):
        check_not_input(path, (*inputs, getattr(model, "path", model)), written[number + 1 :])


def check_files(
    request: PredictionRequest,
    model: object,
    output: PathLike | None,
    figure: PathLike | None,
    overwrite: bool,
    xps: Sequence[PathLike] = (),
) -> None:
    """Check that the files of a prediction can be read and written.

    Args:
        request: structures and spectra.
        model: path of a model, or anything else that is a model.
        output: file to write, or None.
        figure: figure to draw, or None.
        overwrite: replace an output or a figure that exists.
        xps: tables and figures of XPS spectra.

    Raises:
        FileExistsError: the output or the figure exists and must not be overwritten.
        FileNotFoundError: the structures, the model or the folder of an output do not exist.
        ValueError: there is nothing to write, the name of an output has an unknown ending or one of a format that
            cannot hold what is requested, or an output is an input.
    """
    check_inputs(request.files, model, (output, figure, *xps))
    if output is None and figure is None and not xps:
        raise ValueError("There is nothing to write: give an output, a figure or XPS spectra.")
    if request.shard is not None and xps:
        raise ValueError("XPS spectra (`--xps`) of parts cannot be merged; predict them without a shard.")
    if request.shard is not None:
        check_store_ending(output)
    if output is not None:
        check_output_file(output, overwrite)
    if request.tensor:
        check_tensor_ending(output)
    if figure is not None:
        from schnetpack_isd.plotting import check_figure

        check_figure(figure, overwrite)
    for path in xps:
        check_xps_file(path, overwrite)
