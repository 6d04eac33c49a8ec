"""Errors in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.evaluation import Evaluation, linear_dichroism

__all__ = ["report"]


def report(evaluation: Evaluation, baseline: NDArray) -> str:
    """Say how good a model is, beside a baseline that predicts the same spectrum for everything.

    Args:
        evaluation: spectra of the held-out molecules.
        baseline: (n_energies,) mean of the training spectra.

    Returns:
        A few lines of text.
    """
    errors = evaluation.squared_errors()
    rows = [("site spectra", errors.mean(), evaluation.squared_errors(baseline).mean())]
    if evaluation.along_axes():
        calculated = linear_dichroism(evaluation.calculated)
        predicted = linear_dichroism(evaluation.predicted)
        rows.append(("linear dichroism, z - (x + y)/2", np.mean((predicted - calculated) ** 2), np.mean(calculated**2)))

    n_molecules = len(np.unique(evaluation.molecule_id))
    lines = [
        f"{n_molecules} test molecules, {errors.shape[0]} sites, {errors.shape[1]} directions",
        f"{'mean squared error':<34}{'model':>10}{'mean spectrum':>16}{'ratio':>10}",
    ]
    lines += [f"{name:<34}{model:>10.4f}{mean:>16.4f}{model / mean:>10.3f}" for name, model, mean in rows]
    lines.append(
        f"median over spectra {np.median(errors):.4f}; below 0.1, the paper's mark: {np.mean(errors < 0.1):.1%}"
    )
    return "\n".join(lines)
