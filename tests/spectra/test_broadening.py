"""Width of lines, and broadening of stick spectra."""

from __future__ import annotations

import numpy as np
import pytest
from support.spectra import ENERGIES

from schnetpack_isd.spectra import Broadening, broaden

RAMP = Broadening.ramp(width=0.3, start=-4.5, slope=0.12, largest=2.0, relative_to_threshold=True)


def test_a_line_becomes_a_gaussian_of_twice_its_strength() -> None:
    energies = np.linspace(280.0, 310.0, 3001)
    [spectrum] = broaden([295.0], [[0.7]], energies, 0.5)
    assert np.trapezoid(spectrum, energies) == pytest.approx(2 * 0.7, rel=1e-10)
    assert energies[spectrum.argmax()] == pytest.approx(295.0)
    assert np.interp(295.5, energies, spectrum) == pytest.approx(spectrum.max() * np.exp(-0.5), rel=1e-6)


def test_many_lines_add_up() -> None:
    rng = np.random.default_rng(0)
    lines, strengths = rng.uniform(280.0, 330.0, 10_000), rng.uniform(size=(10_000, 3))
    gaussians = np.exp(-0.5 * ((ENERGIES - lines[:, None]) / 0.3) ** 2) / (0.3 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(broaden(lines, strengths, ENERGIES, 0.3), 2 * strengths.T @ gaussians, rtol=1e-10)


def test_lines_far_from_the_axis_leave_zero() -> None:
    spectra = broaden([100.0, 900.0], np.ones((2, 3)), ENERGIES, 0.5)
    np.testing.assert_array_equal(spectra, np.zeros((3, len(ENERGIES))))


def test_each_line_keeps_its_area_whatever_its_width() -> None:
    energies = np.linspace(270.0, 330.0, 6001)
    lines = np.array([290.0, 300.0, 309.0])
    widths = RAMP.at(lines, threshold=298.0)
    np.testing.assert_allclose(widths, [0.3, 0.3 + 0.12 * 6.5, 2.0], rtol=1e-9)
    for line, width in zip(lines, widths, strict=True):
        [spectrum] = broaden([line], [[0.7]], energies, width)
        assert np.trapezoid(spectrum, energies) == pytest.approx(2 * 0.7, rel=1e-9)
        assert spectrum.max() == pytest.approx(2 * 0.7 / (width * np.sqrt(2 * np.pi)), rel=1e-9)
    one_by_one = sum(broaden([line], [[1.0]], energies, width) for line, width in zip(lines, widths, strict=True))
    np.testing.assert_allclose(broaden(lines, np.ones((3, 1)), energies, widths), one_by_one, rtol=1e-12)


def test_a_width_is_linear_between_its_points_and_constant_beyond() -> None:
    broadening = Broadening((0.3, 1.0, 0.8), (290.0, 300.0, 310.0))
    found = broadening.at([250.0, 290.0, 295.0, 300.0, 305.0, 310.0, 350.0])
    np.testing.assert_allclose(found, [0.3, 0.3, 0.65, 1.0, 0.9, 0.8, 0.8], rtol=1e-12)


@pytest.mark.parametrize(
    "one",
    [
        Broadening((0.5, 0.5), (280.0, 320.0)),
        Broadening((0.5, 0.5, 0.5), (-5.0, 0.0, 5.0), relative_to_threshold=True),
        Broadening.ramp(width=0.5, start=290.0, slope=0.1, largest=0.5),
        Broadening((0.5,), (290.0,)),
        Broadening.parse("280:0.5 320:0.5"),
    ],
)
def test_a_constant_written_as_a_ramp_is_the_constant(one: Broadening) -> None:
    assert one == Broadening.constant(0.5)
    assert str(one) == "0.5"
    assert one.at([1.0, 300.0]).tolist() == [0.5, 0.5]  # and needs no threshold


def test_points_that_change_nothing_make_no_difference() -> None:
    assert Broadening((0.3, 0.3, 0.8, 1.3, 1.3), (280.0, 290.0, 295.0, 300.0, 320.0)) == Broadening(
        (0.3, 1.3), (290, 300)
    )
    assert Broadening((0.3, 1.3), (290.0, 300.0)) != Broadening((0.3, 1.3), (290.0, 300.0), relative_to_threshold=True)


@pytest.mark.parametrize(
    "broadening", [Broadening.constant(0.31), RAMP, Broadening((0.3, 1.0, 0.8), (290.0, 300.5, 310.0))]
)
def test_the_text_gives_the_broadening_again(broadening: Broadening) -> None:
    assert Broadening.parse(str(broadening)) == broadening
    assert Broadening.of(broadening) is broadening
    assert Broadening.of(str(broadening)) == broadening


def test_the_text_of_ours() -> None:
    assert str(RAMP) == "threshold-4.5:0.3 threshold+9.666666667:2.0"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.0, "width of a broadening must be a positive number in eV, not 0"),
        (-0.5, "must be a positive number in eV, not -0.5"),
        (np.nan, "must be a positive number in eV, not nan"),
        (1e-12, "must be a positive number in eV"),
        ("294:0.3 308:-2", "must be a positive number in eV, not 0.3, -2"),
        ("308:0.3 294:2.0", "must be finite and ascend, not 308.0, 294.0"),
        ("294:0.3 294:2.0", "must be finite and ascend"),
        ("294:0.3 threshold+9:2.0", "'294:0.3 threshold.9:2.0' is neither a width in eV .* nor points energy:width"),
        ("narrow", "'narrow' is neither a width"),
        ("", "'' is neither a width"),
    ],
)
def test_other_values_are_refused(value: float | str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Broadening.of(value)


def test_faulty_records_are_refused() -> None:
    with pytest.raises(ValueError, match="an energy for each width, not 1 for 2"):
        Broadening((0.3, 0.5), (290.0,))
    with pytest.raises(ValueError, match="slope of a broadening must be positive"):
        Broadening.ramp(width=0.3, start=290.0, slope=-0.1, largest=2.0)
    with pytest.raises(ValueError, match="its largest width at least the first"):
        Broadening.ramp(width=0.3, start=290.0, slope=0.1, largest=0.2)


def test_a_relative_width_needs_the_threshold() -> None:
    with pytest.raises(ValueError, match=r"threshold-4.5:0.3 .* needs the ionisation threshold of the site"):
        RAMP.at([290.0])
