"""Evaluation of models on a database, with its table and figures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from numpy.typing import NDArray

from schnetpack_isd.models import ModelSource, SpectrumModel, load_spectrum_model
from schnetpack_isd.plotting import check_figure, check_format
from schnetpack_isd.utils.files import check_output

from .errors import Evaluation
from .evaluate import evaluate, evaluate_rotated, mean_spectrum
from .figures import (
    plot_error_distribution,
    plot_molecule,
    plot_percentiles,
    plot_rotated_about_axes,
    plot_typical_sites,
)
from .report import report, write_table
from .request import EvaluationRequest

__all__ = ["FileEvaluation", "evaluate_file"]


@dataclass(frozen=True)
class FileEvaluation:
    """Evaluation of models on a database.

    Attributes:
        evaluations: calculated and predicted spectra by the names of the models.
        baseline: (n_energies,) mean spectrum of the training part.
        figures: figures in the folder of figures.
        notes: reasons why a figure of a molecule was left out.
    """

    evaluations: Mapping[str, Evaluation]
    baseline: NDArray
    figures: tuple[Path, ...]
    notes: tuple[str, ...]

    def report(self) -> str:
        """Summarise the errors of each model; see :func:`~schnetpack_isd.evaluation.report`."""
        reports = {name: report(evaluation, self.baseline) for name, evaluation in self.evaluations.items()}
        if len(reports) == 1:
            return next(iter(reports.values()))
        return "\n".join(f"\n{name}\n{text}" for name, text in reports.items())


def evaluate_file(
    request: EvaluationRequest,
    models: Sequence[ModelSource | SpectrumModel],
    *,
    table: str | os.PathLike[str] | None = None,
    plot: str | os.PathLike[str] | None = None,
    figures: str | os.PathLike[str] | None = None,
    figure_format: str = "png",
    overwrite: bool = False,
    device: str | torch.device = "cpu",
    batch_size: int = 32,
    progress: bool = True,
) -> FileEvaluation:
    """Evaluate models on a database, and write the errors and figures.

    Arguments and files are checked before anything is computed.

    Args:
        request: spectra to evaluate the models on.
        models: models to compare; see :func:`~schnetpack_isd.models.load_spectrum_model`. Figures of single spectra are
            of the first.
        table: CSV file for the errors of each site and direction.
        plot: figure of a good, a median and the worst site.
        figures: folder for the paper's figures, and for those of the molecules of the request.
        figure_format: format of the figures in the folder.
        overwrite: replace outputs that exist.
        device: device to run on.
        batch_size: number of molecules in a batch.
        progress: show progress bars.

    Returns:
        Spectra and errors of each model.

    Raises:
        FileExistsError: an output exists and must not be overwritten.
        FileNotFoundError: the database, the split file or a model does not exist.
        ImportError: a molecule is to be drawn, and RDKit is not installed.
        ValueError: an argument is not as described, or does not fit the database.
    """
    if batch_size < 1:
        raise ValueError(f"The batch size must be at least 1, not {batch_size}.")
    _check_outputs(table, plot, figures, figure_format, overwrite)
    if request.molecules and figures is None:
        raise ValueError("Molecules are drawn in the folder of figures; give one (`--figures`, in Python `figures`).")
    metadata = request.check()
    transforms = request.transforms()
    rows, training_rows = request.rows()
    loaded = _load(models, device)
    baseline = mean_spectrum(request.database, training_rows)
    evaluations = {
        name: evaluate(model.module, request.database, rows, transforms, batch_size, progress)
        for name, model in loaded.items()
    }
    first = next(iter(loaded))
    if table is not None:
        write_table(evaluations, table)
    if plot is not None:
        plot_typical_sites(evaluations[first], plot)
    drawn, notes = [], []
    if figures is not None:
        pass
    return FileEvaluation(evaluations, baseline, tuple(drawn), tuple(notes))
