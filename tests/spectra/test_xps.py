"""Photoelectron spectra from binding energies."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.spectra import group_lines, xps_axis, xps_spectrum


@pytest.mark.parametrize(("fwhm", "lorentzian_fwhm"), [(0.5, 0.1), (1.0, 0.0), (0.0, 0.3)])
def test_the_area_is_the_number_of_atoms(fwhm: float, lorentzian_fwhm: float) -> None:
    axis = np.arange(-100.0, 680.0, 0.01)
    spectrum = xps_spectrum([290.2, 290.2, 294.0], axis, fwhm, lorentzian_fwhm)
    assert np.trapezoid(spectrum, axis) == pytest.approx(3.0, rel=2e-3)


@pytest.mark.parametrize(("fwhm", "lorentzian_fwhm"), [(0.5, 0.0), (0.0, 0.5)])
def test_a_line_has_its_position_and_width(fwhm: float, lorentzian_fwhm: float) -> None:
    axis = np.arange(285.0, 295.0, 0.001)
    spectrum = xps_spectrum([290.24], axis, fwhm, lorentzian_fwhm)
    assert axis[spectrum.argmax()] == pytest.approx(290.24, abs=1e-6)
    above = axis[spectrum >= spectrum.max() / 2]
    assert np.ptp(above) == pytest.approx(0.5, abs=2e-3)


def test_many_atoms_are_added_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = np.linspace(290.0, 293.0, 25)
    axis = xps_axis(lines)
    expected = sum(xps_spectrum([line], axis) for line in lines)
    monkeypatch.setattr("schnetpack_isd.spectra.xps._CHUNK", 2 * len(axis))
    np.testing.assert_allclose(xps_spectrum(lines, axis), expected, rtol=1e-12)


def test_the_axis_ascends_and_has_every_line() -> None:
    axis = xps_axis([291.013, 295.5])
    np.testing.assert_allclose(np.diff(axis), 0.02, atol=1e-8)
    assert axis[0] < 288.1
    assert axis[-1] > 298.4
    wide = xps_axis([291.013, 295.5], fwhm=2.0)
    assert wide[0] < axis[0]
    assert np.isin(axis, wide).all()


def test_atoms_are_grouped_by_energy() -> None:
    groups = group_lines([292.0, 290.04, 290.0, 290.08, 292.01])
    assert [group.tolist() for group in groups] == [[1, 2], [3], [0, 4]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([290.0], [290.0], -0.1), "Gaussian width of XPS lines .* not -0.1"),
        (([290.0], [290.0], 0.5, np.nan), "Lorentzian width of XPS lines .* not nan"),
        (([290.0], [290.0], 0.0, 0.0), "cannot both be 0"),
        (([np.nan], [290.0]), "must be finite"),
    ],
)
def test_impossible_lines_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        xps_spectrum(*arguments)


def test_an_axis_needs_a_line() -> None:
    with pytest.raises(ValueError, match="at least one binding energy"):
        xps_axis([])
