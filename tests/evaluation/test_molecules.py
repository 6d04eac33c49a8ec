"""Errors of the spectra of whole molecules."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ase import Atoms
from schnetpack.data import ASEAtomsData

from schnetpack_isd import properties
from schnetpack_isd.data.stored_rows import stored_rows
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.evaluation import evaluate
from schnetpack_isd.evaluation.molecules import ALONG, ISOTROPIC, MolecularErrors, molecular_errors
from schnetpack_isd.prediction import SpectrumPredictor


def test_coverage_is_the_share_of_errors_inside_the_intervals() -> None:
    found = MolecularErrors(np.array([[[0.5, -1.5, 2.0, 0.0]]]), np.ones((1, 1, 4)))
    assert found.coverage({0.5: 1.0, 0.9: 1.5}) == {0.5: 0.5, 0.9: 0.75}


def test_sites_add_up_and_molecules_with_missing_sites_are_left_out() -> None:
    """Two equivalent carbon atoms as one site, two as two sites, and one of two."""
    batch = {
        "_idx_m": torch.tensor([0, 0, 1, 1, 2, 2]),
        "_n_atoms": torch.tensor([2, 2, 2]),
        "_atomic_numbers": torch.full((6,), 6),
        properties.site_mask: torch.tensor([1.0, 0.0, 1.0, 1.0, 1.0, 0.0]),
        properties.multiplicity: torch.tensor([2.0, 1.0, 1.0, 1.0]),
        properties.direction: torch.tensor([[[1.0, 0.0, 0.0]]]).repeat(3, 1, 1),
        properties.spectrum: torch.zeros(4, 1, 1),
        properties.spectrum_tensor: torch.zeros(4, 6, 1),
    }
    tensors = torch.diag(torch.tensor([1.0, 2.0, 3.0])).expand(4, 3, 3)[..., None]
    deviation = torch.tensor([0.5, 0.2, -0.3, 1.0])[:, None, None, None] * torch.tensor([1.0, -1.0])[:, None, None]
    results = {
        properties.spectrum: torch.ones(4, 1, 1),
        properties.spectrum_tensor: tensors,
        properties.tensor_deviation: deviation * torch.tensor([1.0, 2.0, 3.0, 0.0, 0.0, 0.0])[:, None],
    }
    found = molecular_errors(batch, results, 1.0)
    np.testing.assert_allclose(found[ISOTROPIC].errors[:, 0, 0], [2 * 2.0, 2 * 2.0])
    np.testing.assert_allclose(found[ISOTROPIC].stds[:, 0, 0], [2 * 2 * 0.5, 2 * 0.1], rtol=1e-6)
    np.testing.assert_allclose(found[ALONG].errors[:, 0, 0], [2 * 1.0])
    np.testing.assert_allclose(found[ALONG].stds[:, 0, 0], [0.1], rtol=1e-6)


@pytest.mark.filterwarnings("ignore:.*implausible intensities:UserWarning")  # of untrained models
@pytest.mark.parametrize("kind", ["ensemble", "tensor_ensemble"])
def test_standard_deviations_are_those_of_predicted_molecules(
    kind: str, sample_db: str, request: pytest.FixtureRequest
) -> None:
    model: SpectrumEnsemble = request.getfixturevalue(kind)
    rows = list(stored_rows(sample_db))[:40]
    structures = [Atoms(row.numbers, row.positions) for row in rows]
    predicted = list(SpectrumPredictor(model).predict(structures, ["x", "y", "z"], isotropic=True))
    molecules = evaluate(model, sample_db, range(len(rows)), progress=False).uncertainty.molecules
    n_sites = [len(ASEAtomsData(sample_db)[n][properties.spectrum]) for n in range(len(rows))]
    whole = [found for found, n in zip(predicted, n_sites, strict=True) if n == len(found.site_atom)]
    assert 0 < len(whole) < len(rows)
    expected = np.stack([found.molecular_spectrum_std for found in whole])
    np.testing.assert_allclose(molecules[ALONG].stds, expected, rtol=1e-3, atol=1e-5)
    if kind == "ensemble":
        assert molecules.keys() == {ALONG}
        return
    averages = np.stack([found.isotropic_molecular_spectrum_std for found in predicted])
    np.testing.assert_allclose(molecules[ISOTROPIC].stds[:, 0], averages, rtol=1e-2, atol=1e-3)  # nearly symmetric
