"""Rows of the bundled spectra, and evaluations without a model."""

from __future__ import annotations

import numpy as np

from schnetpack_isd.evaluation import Evaluation

ROWS = [3, 600, 41]
"""Rows of the bundled spectra, in an order of their own."""


def small_evaluation(calculated: np.ndarray, predicted: np.ndarray) -> Evaluation:
    """Evaluation of spectra (n_sites, 3, n_energies) along x, y and z on an axis with steps of 1 eV."""
    n_sites, _, n_energies = np.shape(calculated)
    return Evaluation(
        energies=290.0 + np.arange(n_energies),
        molecule_id=np.arange(n_sites) + 7,
        site_atom=np.arange(n_sites),
        multiplicity=np.ones(n_sites),
        directions=np.tile(np.eye(3), (n_sites, 1, 1)),
        calculated=np.asarray(calculated, dtype=float),
        predicted=np.asarray(predicted, dtype=float),
    )
