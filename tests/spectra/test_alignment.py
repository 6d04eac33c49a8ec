"""Alignment of predicted spectra with measured ones."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from support.spectra import ENERGIES, peak

from schnetpack_isd.plotting import plot_alignment, plot_correlations
from schnetpack_isd.spectra import align, edge_step

BENZENE = peak(292.6, 0.5, 6.0) + peak(295.0, 0.6, 2.0) + peak(296.5, 0.6, 3.0) + peak(301.0, 1.3, 9.0)
"""Resonances of benzene on a calculated axis."""

AXIS = np.arange(280.0, 320.0, 0.1)


def measurement(step: float = 0.0, shift: float = -7.3) -> NDArray:
    """A measured spectrum with sharper lines, an edge step, an offset and noise."""
    lines = ((292.6, 0.3, 6.0), (295.0, 0.4, 2.0), (296.5, 0.4, 3.0), (301.0, 1.3, 9.0))
    spectrum = sum(a / s * np.exp(-0.5 * ((AXIS - e - shift) / s) ** 2) for e, s, a in lines)
    return 0.3 + spectrum + step * edge_step(AXIS, 290.3) + np.random.default_rng(0).normal(0, 0.05, len(AXIS))


def test_shift_scale_and_offset_are_those_of_the_measurement() -> None:
    exact = 0.2 + 4.0 * np.interp(AXIS + 7.3, ENERGIES, BENZENE)
    found = align(ENERGIES, BENZENE, AXIS, exact)
    assert found.shift == pytest.approx(-7.3, abs=0.005)
    assert (found.scale, found.offset, found.step) == pytest.approx((4.0, 0.2, 0.0), abs=0.02)
    assert found.correlation > 0.999
    axis, fitted = found.apply(ENERGIES, BENZENE)
    np.testing.assert_allclose(fitted, np.interp(axis, AXIS, exact), atol=0.1)


@pytest.mark.parametrize("step", [0.0, 5.0, 15.0, 30.0])
def test_an_edge_step_does_not_mislead(step: float) -> None:
    """The highest peak of the measurement is 20."""
    found = align(ENERGIES, BENZENE, AXIS, measurement(step))
    assert found.shift == pytest.approx(-7.3, abs=0.1)
    assert found.step == pytest.approx(step, abs=0.3 * step + 1.0)


def test_only_the_range_is_compared() -> None:
    measured = measurement()
    measured[AXIS > 291.0] = np.random.default_rng(1).uniform(0, 60, (AXIS > 291.0).sum())  # something else
    assert align(ENERGIES, BENZENE, AXIS, measured, energy_range=(280.0, 291.0)).shift == pytest.approx(-7.3, abs=0.1)


def test_a_poor_fit_gives_a_warning() -> None:
    noise = np.random.default_rng(0).uniform(0, 1, len(AXIS))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Other shifts")
        with pytest.warns(UserWarning, match=r"The correlation at the best shift, .* is only 0\.\d"):
            align(ENERGIES, BENZENE, AXIS, noise)


def test_another_shift_that_fits_as_well_gives_a_warning() -> None:
    two = np.exp(-0.5 * ((AXIS - 285.0) / 0.5) ** 2) + 1.3 * np.exp(-0.5 * ((AXIS - 289.0) / 0.5) ** 2)
    with pytest.warns(UserWarning, match=r"Other shifts fit nearly as well as -\d\.\d+ eV"):
        align(ENERGIES, peak(293.0, 0.5), AXIS, two)


def test_a_shift_at_the_limit_gives_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The correlation")
        with pytest.warns(UserWarning, match=r"The best shift, -7 eV, is at the end"):
            align(ENERGIES, BENZENE, AXIS, measurement(), shifts=(-7.0, 0.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"measured_energies": AXIS + 500}, r"No shift from -10 to 5 eV brings the first peak .* at 292\.6 eV"),
        ({"predicted": np.ones_like(ENERGIES)}, "constant"),
        ({"measured_energies": AXIS[::-1]}, "measured energies must ascend"),
        ({"measured": np.full_like(AXIS, np.nan)}, "must be finite"),
        ({"predicted": BENZENE[:-1]}, "as many energies as intensities"),
        ({"shifts": (5.0, -5.0)}, "lowest and the highest shift"),
    ],
)
def test_spectra_that_cannot_be_aligned_are_refused(changes: dict, message: str) -> None:
    arguments = {
        "energies": ENERGIES, "predicted": BENZENE, "measured_energies": AXIS, "measured": measurement(), **changes
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        align(**arguments)


def test_the_fit_can_be_drawn() -> None:
    found = align(ENERGIES, BENZENE, AXIS, measurement())
    left, right = Figure().subplots(1, 2)
    plot_alignment(left, found, ENERGIES, BENZENE, AXIS, measurement())
    plot_correlations(right, found)
    assert left.get_legend().get_title().get_text().startswith("shift -7.")
    fitted = left.get_lines()[1].get_xdata()
    expected = ENERGIES + found.shift
    np.testing.assert_allclose(fitted, expected[expected >= AXIS[0]])
    assert right.get_lines()[0].get_ydata().max() == pytest.approx(found.correlation, abs=0.01)
