"""Errors as text and as a table."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.directions import as_directions
from schnetpack_isd.utils.files import atomic_write, process_lock

from .bands import band_slices, check_bands, default_bands
from .errors import Evaluation
from .uncertainty import rank_correlation, site_errors

__all__ = ["report", "write_table"]


def report(evaluation: Evaluation, baseline: NDArray, bands: Sequence[float] | None = None) -> str:
    """Summarise the errors of a model, beside those of a baseline that always predicts the mean training spectrum.

    The share of the variance that the model leaves unexplained comes first: along the directions of the evaluation and,
    if they were evaluated, along all directions, in all energies and in bands.

    Args:
        evaluation: calculated and predicted spectra.
        baseline: (n_energies,) mean of the training spectra.
        bands: edges of the bands in eV, ascending; if None, five equal parts of the axis.

    Returns:
        A few lines of text.

    Raises:
        ValueError: the bands do not ascend, or are not on the axis.
    """
    if bands is None:
        bands = default_bands(evaluation.energies)
    else:
        check_bands(bands, evaluation.energies)
    errors = evaluation.squared_errors()
    n_molecules = len(np.unique(evaluation.molecule_id))
    lines = [
        f"{n_molecules} molecules, {errors.shape[0]} sites, {errors.shape[1]} directions",
        *_unexplained_lines(evaluation, bands),
        *_squared_error_lines(evaluation, baseline),
    ]
    percentiles = ", ".join(f"{p}th {np.percentile(errors, p):.4f}" for p in (5, 50, 95))
    lines.append(f"percentiles over spectra: {percentiles}, largest {errors.max():.4f}")
    lines.append(f"spectra with a mean squared error below 0.1: {np.mean(errors < 0.1):.1%}")
    if evaluation.predicted_ionization_energy is not None and evaluation.ionization_energy is not None:
        deviation = evaluation.predicted_ionization_energy - evaluation.ionization_energy
        lines.append(
            f"ionisation thresholds: root mean square error {np.sqrt(np.mean(deviation**2)):.3f} eV, "
            f"mean absolute error {np.mean(np.abs(deviation)):.3f} eV"
        )
    lines += _uncertainty_lines(evaluation)
    lines.append(
        f"cosine similarity {np.nanmean(evaluation.cosine_similarities()):.4f}, "
        f"Wasserstein distance {np.nanmean(evaluation.wasserstein_distances()):.3f} eV (means)"
    )
    return "\n".join(lines)


def _uncertainty_lines(evaluation: Evaluation) -> list[str]:
    """Return how well the standard deviations of an ensemble describe its errors; nothing for a single model."""
    uncertainty = evaluation.uncertainty
    if uncertainty is None:
        return []
    errors = evaluation.predicted - evaluation.calculated
    correlation = rank_correlation(uncertainty.site_stds(), site_errors(errors))
    lines = [
        f"errors inside the intervals of the ensemble: {_shares(uncertainty.coverage(errors))}",
        *(
            f"  of the {kind} of {len(found.errors)} whole molecules: {_shares(found.coverage(uncertainty.factors))}"
            for kind, found in uncertainty.molecules.items()
        ),
        f"rank correlation of the standard deviations and errors of sites: {correlation:.3f}",
    ]
    if uncertainty.extrapolation_score is not None:
        molecules = np.unique(evaluation.molecule_id)
        marked = np.unique(evaluation.molecule_id[uncertainty.extrapolation_score > 1])
        lines.append(f"molecules marked as unlike the training data: {len(marked)} of {len(molecules)}")
    return lines


def _shares(coverage: Mapping[float, float]) -> str:
    return ", ".join(f"{share:.1%} of {level:.0%}" for level, share in coverage.items())


def _unexplained_lines(evaluation: Evaluation, edges: Sequence[float]) -> list[str]:
    """Return a table of the unexplained shares of the variance, with a column for all energies and for each band."""
    along = "x, y, z" if evaluation.along_axes() else f"{evaluation.directions.shape[1]} directions"
    rows = {along: evaluation.variance_shares()}
    if evaluation.sphere is not None:
        rows["all directions (sphere)"] = evaluation.sphere
    bands = [slice(None), *band_slices(edges, evaluation.energies)]
    headings = ["all", *(f"{low:.6g}-{high:.6g}" for low, high in pairwise(edges))]
    widths = [max(len(heading), 7) + 2 for heading in headings]

    def line(name: str, columns: list[str]) -> str:
        return f"{name:<34}" + "".join(f"{text:>{width}}" for text, width in zip(columns, widths, strict=True))

    lines = [line("unexplained variance, bands in eV", headings)]
    for name, shares in rows.items():
        lines.append(line(name, [_percent(shares.share(band)) for band in bands]))
        lines.append(line("  median site", [_percent(float(np.median(shares.by_site(band)))) for band in bands]))
    return lines


def _percent(share: float) -> str:
    return "-" if np.isnan(share) else f"{share:.2%}"


def _squared_error_lines(evaluation: Evaluation, baseline: NDArray) -> list[str]:
    """Return a table of mean squared errors, beside those of the baseline."""
    errors, mean_errors = evaluation.squared_errors(), evaluation.squared_errors(baseline)
    rows = [("site spectra", errors.mean(), mean_errors.mean())]
    if evaluation.along_axes():
        calculated, predicted = evaluation.z_dichroism()
        rows.append(("linear dichroism, z - (x + y)/2", np.mean((predicted - calculated) ** 2), np.mean(calculated**2)))
    return [
        f"{'mean squared error':<34}{'model':>10}{'mean spectrum':>16}{'ratio':>10}",
        *(f"{name:<34}{model:>10.4f}{mean:>16.4f}{model / mean:>10.3f}" for name, model, mean in rows),
    ]


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
        measured = ["mse", "cosine_similarity", "wasserstein_distance_eV"]
        table.writerow(["model", "id", "site", "direction", *measured, "ionization_energy_eV"])
        for name, evaluation in evaluations.items():
            measures = np.stack(
                [evaluation.squared_errors(), evaluation.cosine_similarities(), evaluation.wasserstein_distances()],
                axis=-1,
            )
            thresholds = evaluation.ionization_energy
            for site, directions in enumerate(evaluation.directions):
                threshold = "" if thresholds is None else f"{thresholds[site]:.3f}"
                where = name, evaluation.molecule_id[site], evaluation.site_atom[site]
                for direction, values in zip(as_directions(directions.tolist()), measures[site], strict=True):
                    table.writerow([*where, direction.label, *(f"{value:.6g}" for value in values), threshold])
