"""The energy basis of tensor models."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import trapezoid

from schnetpack_isd.atomistic.energy_basis import NARROW, EnergyBasis
from schnetpack_isd.spectra import Broadening

ENERGIES = torch.linspace(289.0, 314.0, 320, dtype=torch.float64)
RAMP = Broadening.ramp(0.3, -4.5, 0.12, 2.0, relative_to_threshold=True)
THRESHOLDS = torch.tensor([291.0, 297.3, 306.0], dtype=torch.float64)


def make_basis(broadening: Broadening, n_basis: int = 128) -> EnergyBasis:
    torch.set_default_dtype(torch.float64)
    try:
        return EnergyBasis(n_basis, ENERGIES, broadening)
    finally:
        torch.set_default_dtype(torch.float32)


def test_gaussians_are_as_wide_relative_to_the_lines_everywhere() -> None:
    """They are Gaussians of the number of widths between an energy and the centre."""
    basis = make_basis(RAMP)
    assert basis.width == pytest.approx(1.05 * (25 / 127) / 0.3)
    for number in (20, 64, 100):
        coefficients = torch.zeros(3, 1, 128, dtype=torch.float64)
        coefficients[:, :, number] = 1 / NARROW
        center = 289 + number * 25 / 127
        for gaussian, threshold in zip(basis(coefficients, THRESHOLDS)[:, 0].numpy(), THRESHOLDS.tolist(), strict=True):
            for energy, height in zip(ENERGIES.tolist()[::7], gaussian[::7], strict=True):
                between = np.linspace(center, energy, 1001)
                length = trapezoid(1 / RAMP.at(between, threshold), between)
                assert height == pytest.approx(np.exp(-0.5 * (length / basis.width) ** 2), abs=1e-5)


def test_one_width_needs_no_thresholds() -> None:
    basis = make_basis(Broadening.constant(0.5))
    assert not basis.needs_thresholds
    coefficients = torch.randn(3, 6, 128, dtype=torch.float64)
    centers = np.linspace(289.0, 314.0, 128)
    width = 1.05 * 25 / 127
    gaussians = np.exp(-0.5 * ((ENERGIES.numpy() - centers[:, None]) / width) ** 2)
    expected = NARROW * coefficients.numpy() @ gaussians
    np.testing.assert_allclose(basis(coefficients, THRESHOLDS), expected, rtol=0, atol=1e-5)  # Gaussians end
    absolute = make_basis(Broadening.ramp(0.3, 295.0, 0.12, 2.0))
    torch.testing.assert_close(absolute(coefficients, THRESHOLDS), absolute(coefficients, THRESHOLDS + 3))


@pytest.mark.parametrize("broadening", [RAMP, Broadening.constant(0.3), Broadening.ramp(0.3, 295.0, 0.12, 2.0)])
def test_two_steps_make_the_same_gaussians(broadening: Broadening) -> None:
    basis = make_basis(broadening)
    coefficients = torch.randn(3, 6, 128, dtype=torch.float64)
    expected = basis(coefficients, THRESHOLDS)
    found = basis.smooth(basis.narrow(coefficients, THRESHOLDS), THRESHOLDS)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))


def test_spectra_change_continuously_with_the_threshold() -> None:
    basis = make_basis(RAMP)
    coefficients = torch.rand(1, 1, 128, dtype=torch.float64)
    one, other = (basis(coefficients, torch.tensor([297.0 + shift])) for shift in (0.0, 1e-4))
    assert 0 < (one - other).abs().max() < 1e-3 * one.max()


def results(basis: EnergyBasis, coefficients: torch.Tensor, thresholds: torch.Tensor) -> list[torch.Tensor]:
    """Sums of Gaussians, narrower ones, and these smoothed."""
    narrow = basis.narrow(coefficients, thresholds)
    return [basis(coefficients, thresholds), narrow, basis.smooth(narrow, thresholds)]


def gradients(basis: EnergyBasis, coefficients: torch.Tensor, thresholds: torch.Tensor) -> list[torch.Tensor]:
    """Gradients of something that is not linear in the sums, with respect to what requires them."""
    with torch.enable_grad():
        total = sum(part.square().sum() for part in results(basis, coefficients, thresholds))
        return list(torch.autograd.grad(total, [part for part in (coefficients, thresholds) if part.requires_grad]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("broadening", [RAMP, Broadening.constant(0.3)])
def test_compiled_gaussians_equal_those_of_pytorch(
    broadening: Broadening, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In inference, where sums are compiled, and in training, where Gaussians are, with gradients of coefficients."""
    pytest.importorskip("numba")
    basis = make_basis(broadening).to(dtype)
    coefficients, thresholds = torch.randn(3, 6, 128, dtype=dtype, requires_grad=True), THRESHOLDS.to(dtype)
    with torch.no_grad():
        inference = results(basis, coefficients, thresholds)
    training = results(basis, coefficients, thresholds)
    found = gradients(basis, coefficients, thresholds)
    monkeypatch.setattr("schnetpack_isd.atomistic.energy_basis.can_compile", lambda *_: False)
    plain = results(basis, coefficients, thresholds)
    relative, absolute = (1e-3, 1e-4) if dtype is torch.float32 else (1e-9, 1e-10)
    for compiled in (inference, training):
        torch.testing.assert_close(compiled, plain, rtol=relative, atol=absolute)
    expected = gradients(basis, coefficients, thresholds)
    torch.testing.assert_close(found, expected, rtol=relative, atol=absolute)


def test_thresholds_keep_their_gradients() -> None:
    coefficients = torch.randn(3, 6, 128, dtype=torch.float64)
    thresholds = THRESHOLDS.clone().requires_grad_()
    basis = make_basis(RAMP)
    assert torch.autograd.gradcheck(lambda values: basis(coefficients[:, :1], values), thresholds, fast_mode=True)


@pytest.mark.parametrize("threshold", [294.0, 306.0])
def test_lines_have_the_broadening_and_the_area_of_those_of_the_data(threshold: float) -> None:
    basis, thresholds = make_basis(RAMP), torch.tensor([threshold], dtype=torch.float64)
    energies = torch.tensor([[292.0, 297.0, 301.0]], dtype=torch.float64)
    lines = basis(basis.lines(energies, thresholds), thresholds)[0].numpy()
    for line, energy in zip(lines, energies[0].tolist(), strict=True):
        width = RAMP.at(np.array([energy]), threshold)[0]
        expected = np.exp(-0.5 * ((ENERGIES.numpy() - energy) / width) ** 2) / (width * np.sqrt(2 * np.pi))
        assert trapezoid(line, ENERGIES) == pytest.approx(1.0, abs=0.03)
        assert line.max() == pytest.approx(expected.max(), rel=0.01)
        if RAMP.at(np.array([energy + 3 * width]), threshold)[0] == width:  # one width: the line is a Gaussian
            np.testing.assert_allclose(line, expected, rtol=0, atol=1e-3 * expected.max())
