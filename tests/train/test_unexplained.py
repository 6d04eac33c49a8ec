"""The metric of the variance that a model leaves unexplained."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torchmetrics.functional.regression import r2_score

from schnetpack_isd.evaluation import VarianceShares
from schnetpack_isd.evaluation.bands import band_slices, default_bands
from schnetpack_isd.train import UnexplainedVariance


@pytest.fixture
def spectra() -> tuple[Tensor, Tensor]:
    """Predicted and calculated spectra of 9 sites along 3 directions, in 17 energies."""
    rng = torch.Generator().manual_seed(0)
    calculated = 5 + torch.rand(9, 3, 17, generator=rng)
    return calculated + 0.3 * torch.rand(9, 3, 17, generator=rng), calculated


def test_batches_give_the_value_of_all_spectra_at_once(spectra: tuple[Tensor, Tensor]) -> None:
    batched, whole = UnexplainedVariance(), UnexplainedVariance()
    for predicted, calculated in zip(*(part.split([2, 1, 6]) for part in spectra), strict=True):
        batched(predicted, calculated)
    torch.testing.assert_close(batched.compute(), whole(*spectra), rtol=1e-10, atol=0)


def test_the_value_is_that_of_torchmetrics_r2(spectra: tuple[Tensor, Tensor]) -> None:
    flat = [part.double().flatten(end_dim=1) for part in spectra]
    expected = 1 - r2_score(*flat, multioutput="variance_weighted")
    torch.testing.assert_close(UnexplainedVariance()(*spectra), expected, rtol=1e-10, atol=0)


def test_parts_are_the_bands_of_evaluations(spectra: tuple[Tensor, Tensor]) -> None:
    predicted, calculated = (part.numpy() for part in spectra)
    energies = np.linspace(290.0, 306.0, 17)
    shares = VarianceShares.along_directions(calculated, predicted)
    for number, band in enumerate(band_slices(default_bands(energies), energies), start=1):
        metric = UnexplainedVariance(part=number, n_parts=5)
        assert metric(*spectra).item() == pytest.approx(shares.share(band))


def test_spectra_that_do_not_vary_give_a_finite_value() -> None:
    one = torch.full((1, 3, 4), 0.1)
    assert UnexplainedVariance()(one, one) == 0
    assert UnexplainedVariance()(one + 1, one) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"part": 1}, "`part` and `n_parts` go together"),
        ({"n_parts": 5}, "`part` and `n_parts` go together"),
        ({"part": 0, "n_parts": 5}, "from 1 to `n_parts` = 5, not 0"),
        ({"part": 6, "n_parts": 5}, "from 1 to `n_parts` = 5, not 6"),
    ],
)
def test_a_part_must_exist(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        UnexplainedVariance(**arguments)


def test_the_axis_must_have_an_energy_for_each_part(spectra: tuple[Tensor, Tensor]) -> None:
    with pytest.raises(ValueError, match="An axis of 17 energies has no 18 parts"):
        UnexplainedVariance(part=1, n_parts=18)(*spectra)


def test_spectra_must_have_one_shape(spectra: tuple[Tensor, Tensor]) -> None:
    with pytest.raises(ValueError, match=r"not \(9, 3, 17\) and \(9, 2, 17\)"):
        UnexplainedVariance()(spectra[0], spectra[1][:, :2])
