"""Checks of the files of a page, before PyTorch is imported and a model is loaded."""

from __future__ import annotations

import os
from pathlib import Path

from schnetpack_isd.prediction.file_checks import check_inputs
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.utils.files import check_output

__all__ = ["check_view"]


def check_view(request: PredictionRequest, model: object, output: str | os.PathLike[str], overwrite: bool) -> None:
    """Check that the structures exist, and that the page can be written.

    Args:
        request: the structures.
        model: path or name of a model, or anything else that is a model.
        output: the page.
        overwrite: replace a page that exists.

    Raises:
        FileExistsError: the page exists and must not be overwritten.
        FileNotFoundError: the structures, the model or the folder of the page do not exist.
        ValueError: the page is an input, or its name does not end in .html.
    """
    check_inputs(request.files, model, (output,))
    if Path(output).suffix != ".html":
        raise ValueError(f"{output}: the name of a page must end in .html.")
    check_output(output, overwrite)
