"""Evaluation of models on a database, with its table and figures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from schnetpack_isd.models import ModelSource, SpectrumModel, load_spectrum_model
from schnetpack_isd.plotting import check_figure, check_format
from schnetpack_isd.utils.files import check_not_input, check_output

from .errors import Evaluation
from .evaluate import (
    check_model,
    evaluate,
    evaluate_rotated,
    evaluate_sphere,
    mean_spectrum,
    warn_of_training_molecules,
)
from .figures import (
    plot_equivalent_errors,
    plot_error_distribution,
    plot_molecule,
    plot_percentiles,
    plot_rotated_about_axes,
    plot_typical_sites,
    plot_uncertainty,
)
from .report import report, write_table
from .request import EvaluationRequest

__all__ = ["FileEvaluation", "evaluate_file"]

ANGLES = np.linspace(0.0, 180.0, 37)
"""Angles of the rotated directions in degrees."""


@dataclass(frozen=True)
class FileEvaluation:
    """Evaluation of models on a database.

    Attributes:
        evaluations: calculated and predicted spectra by the names of the models.
        baseline: (n_energies,) mean spectrum of the training part.
        figures: figures in the folder of figures.
        notes: reasons why a figure of a molecule was left out.
        bands: edges in eV of the bands of energy of the report; if None, five equal parts of the axis.
    """

    evaluations: Mapping[str, Evaluation]
    baseline: NDArray
    figures: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    bands: Sequence[float] | None = None

    def report(self) -> str:
        """Summarise the errors of each model; see :func:`~schnetpack_isd.evaluation.report`."""
        reports = {name: report(evaluation, self.baseline, self.bands) for name, evaluation in self.evaluations.items()}
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

    Arguments, files and models are checked before anything is computed.

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
        ValueError: an argument is not as described, or a model does not fit the database.
    """
    if batch_size < 1:
        raise ValueError(f"The batch size must be at least 1, not {batch_size}.")
    if request.molecules and figures is None:
        raise ValueError("Molecules are drawn into the folder of figures; give one (`--figures`, in Python `figures`).")
    folder = None if figures is None else _FigureFolder(Path(figures), figure_format)
    _check_outputs(table, plot, folder, overwrite)
    outputs = [table, plot, figures]
    for number, path in enumerate(outputs):
        if path is not None:
            sources = [getattr(model, "path", model) for model in models]
            check_not_input(path, (request.database, request.split, *sources), outputs[:number])
    request.check()
    rows, training_rows = request.rows()
    loaded = _load(models, device)
    for model in loaded.values():
        check_model(model, request.database)
        warn_of_training_molecules(model, request.database, rows)
    baseline = mean_spectrum(request.database, training_rows)
    evaluations = {
        name: _evaluate(model, request, rows, device, batch_size, progress) for name, model in loaded.items()
    }
    first, *_ = loaded
    if table is not None:
        write_table(evaluations, table)
    if plot is not None:
        plot_typical_sites(evaluations[first], plot)
    result = FileEvaluation(evaluations, baseline, bands=request.bands)
    if folder is None:
        return result
    rotated = _evaluate_rotated(request, loaded[first], device)
    drawn = [*_draw_errors(folder, evaluations), *_draw_molecules(folder, request, evaluations[first], rotated)]
    return replace(result, figures=tuple(drawn), notes=request.omission_notes())


def _evaluate(
    model: SpectrumModel,
    request: EvaluationRequest,
    rows: Sequence[int],
    device: str | torch.device,
    batch_size: int,
    progress: bool,
) -> Evaluation:
    """Predict the rows of a request along its directions and, if the exact spectra are known, along all directions."""
    evaluation = evaluate(
        model,
        request.database,
        rows,
        request.transforms(),
        device=device,
        batch_size=batch_size,
        progress=progress,
    )
    if evaluation.sphere is not None or not request.has_tensors():
        return evaluation
    sphere = evaluate_sphere(model, request.database, rows, device=device, batch_size=batch_size, progress=progress)
    return replace(evaluation, sphere=sphere)


@dataclass(frozen=True)
class _FigureFolder:
    """Folder of figures, and their format."""

    path: Path
    format: str

    def file(self, name: str) -> Path:
        return self.path / f"{name}.{self.format}"


def _check_outputs(
    table: str | os.PathLike[str] | None,
    plot: str | os.PathLike[str] | None,
    folder: _FigureFolder | None,
    overwrite: bool,
) -> None:
    if table is not None:
        if Path(table).suffix != ".csv":
            raise ValueError(f"{table}: the name of a table must end in .csv.")
        check_output(table, overwrite)
    if plot is not None:
        check_figure(plot, overwrite)
    if folder is not None:
        check_format(folder.file("figure"))
        if folder.path.exists() and not folder.path.is_dir():
            raise FileExistsError(f"{folder.path} is a file; give the name of a folder for the figures.")
        if folder.path.exists() and not overwrite:
            raise FileExistsError(f"{folder.path} exists. Replace figures in it with `--force`.")


def _load(models: Sequence[ModelSource | SpectrumModel], device: str | torch.device) -> dict[str, SpectrumModel]:
    """Load models, each once; return them by their names."""
    loaded: dict[str, SpectrumModel] = {}
    for source in models:
        model = load_spectrum_model(source, device)
        if model.name in loaded:
            raise ValueError(f"Two models have the name {model.name!r}; give each model once.")
        loaded[model.name] = model
    if not loaded:
        raise ValueError("There is no model to evaluate.")
    return loaded


def _evaluate_rotated(
    request: EvaluationRequest, model: SpectrumModel, device: str | torch.device
) -> dict[int, dict[str, Evaluation]]:
    """Predict the molecules of a request along rotated directions, if their exact spectra are known."""
    if not request.has_tensors():
        return {}
    return {
        molecule_id: evaluate_rotated(model, request.database, request.structure(molecule_id)[0], ANGLES, device=device)
        for molecule_id in request.molecules
    }


def _draw_errors(folder: _FigureFolder, evaluations: Mapping[str, Evaluation]) -> list[Path]:
    folder.path.mkdir(parents=True, exist_ok=True)
    first = next(iter(evaluations.values()))
    paths = [folder.file("sorted_errors"), folder.file("percentiles"), folder.file("equivalent_errors")]
    plot_error_distribution(evaluations, paths[0])
    plot_percentiles(first, paths[1])
    plot_equivalent_errors(first, paths[2])
    if first.uncertainty is not None:
        paths.append(folder.file("uncertainty"))
        plot_uncertainty(first, paths[-1])
    return paths


def _draw_molecules(
    folder: _FigureFolder,
    request: EvaluationRequest,
    evaluation: Evaluation,
    rotated: Mapping[int, Mapping[str, Evaluation]],
) -> list[Path]:
    paths = []
    for molecule_id in request.molecules:
        if request.is_along_axes():
            paths.append(folder.file(f"molecule_{molecule_id}"))
            plot_molecule(evaluation, molecule_id, request.structure(molecule_id)[1], paths[-1])
        if molecule_id in rotated:
            paths.append(folder.file(f"rotated_{molecule_id}"))
            plot_rotated_about_axes(rotated[molecule_id], ANGLES, paths[-1])
    return paths
