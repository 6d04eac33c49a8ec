"""Errors as text and as a table."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.directions import as_directions
from schnetpack_isd.utils.files import atomic_write, process_lock

from .errors import Evaluation

__all__ = ["report", "write_table"]


def report(evaluation: Evaluation, baseline: NDArray) -> str:
    """Summarise the errors of a model, beside those of a baseline that always predicts the mean training spectrum.

    Args:
        evaluation: calculated and predicted spectra.
        baseline: (n_energies,) mean of the training spectra.

    Returns:
        A few lines of text.
    """
    errors = evaluation.squared_errors()
    rows = [("site spectra", errors.mean(), evaluation.squared_errors(baseline).mean())]
    if evaluation.along_axes():
        calculated, predicted = evaluation.z_dichroism()
        rows.append(("linear dichroism, z - (x + y)/2", np.mean((predicted - calculated) ** 2), np.mean(calculated**2)))

    n_molecules = len(np.unique(evaluation.molecule_id))
    lines = [
        f"{n_molecules} molecules, {errors.shape[0]} sites, {errors.shape[1]} directions",
        f"{'mean squared error':<34}{'model':>10}{'mean spectrum':>16}{'ratio':>10}",
    ]
    lines += [f"{name:<34}{model:>10.4f}{mean:>16.4f}{model / mean:>10.3f}" for name, model, mean in rows]
    percentiles = ", ".join(f"{p}th {np.percentile(errors, p):.4f}" for p in (5, 50, 95))
    lines.append(f"percentiles over spectra: {percentiles}, largest {errors.max():.4f}")
    lines.append(f"spectra with a mean squared error below 0.1: {np.mean(errors < 0.1):.1%}")
    lines.append(
        f"cosine similarity {np.nanmean(evaluation.cosine_similarities()):.4f}, "
        f"Wasserstein distance {np.nanmean(evaluation.wasserstein_distances()):.3f} eV (means)"
    )
    return "\n".join(lines)


def write_table(evaluations: Mapping[str, Evaluation], path: str | os.PathLike[str]) -> None:
    """Write the errors of each site and direction as CSV.

    Args:
        evaluations: evaluations by the names of the models.
        path: file to write.
    """
    path = Path(path)
    with (
        process_lock(path),
        atomic_write(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.writer(file)
        table.writerow(["model", "id", "site", "direction", "mse", "cosine_similarity", "wasserstein_distance_eV"])
        for name, evaluation in evaluations.items():
            measures = np.stack(
                [evaluation.squared_errors(), evaluation.cosine_similarities(), evaluation.wasserstein_distances()],
                axis=-1,
            )
            for site, directions in enumerate(evaluation.directions):
                where = name, evaluation.molecule_id[site], evaluation.site_atom[site]
                for direction, values in zip(as_directions(directions.tolist()), measures[site], strict=True):
                    table.writerow([*where, direction.label, *(f"{value:.6g}" for value in values)])
