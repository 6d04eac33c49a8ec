"""Messages before a fit, and warnings after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from schnetpack_isd.analysis.orient import FilmMolecule, fit_moments, fit_order
from schnetpack_isd.measured import MeasuredSeries

from .conftest import NORMAL


def with_first(series: MeasuredSeries, **changes: object) -> MeasuredSeries:
    return replace(series, spectra=(replace(series.spectra[0], **changes), *series.spectra[1:]))  # type: ignore[arg-type]


def test_bad_input_is_named(molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]) -> None:
    series = measure(molecule)
    first = series.spectra[0]
    for wrong, axis, message in (
        (MeasuredSeries(()), NORMAL, "There are no measured spectra"),
        (with_first(series, angle=None), NORMAL, "20.dat has no angle"),
        (with_first(series, intensities=np.ones_like(first.intensities)), NORMAL, "20.dat is constant"),
        (with_first(series, energies=first.energies + 115), NORMAL, "is it the N K-edge"),
        (replace(series, polarisation=1.2), NORMAL, "polarisation must be above 0 and at most 1"),
        (series, np.zeros(3), "three finite numbers that are not all zero"),
    ):
        with pytest.raises(ValueError, match=message):
            fit_order(molecule, wrong, axis, progress=False)
    with pytest.raises(ValueError, match="first and the last energy"):
        fit_order(molecule, series, NORMAL, energy_range=(300.0, 283.0), progress=False)
    with pytest.raises(ValueError, match=r"20\.dat reaches from 282 to"):
        fit_order(molecule, series, NORMAL, energy_range=(304.0, 330.0), progress=False)


def test_a_tensor_of_another_axis_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the tensor must have the shape \(3, 3, 5\)"):
        FilmMolecule(np.arange(5.0), np.ones((3, 3, 4)), np.zeros(0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"polarisation": None}, "The degree of polarisation is not given and is taken as 1"),
        ({"angles": (20.0,)}, "There is only one angle"),
        ({"angles": (50.0, 60.0)}, "The angles are close together, from 50 to 60 degrees"),
        ({"moments": 0.0, "noise": 0.02}, "The spectra hardly depend on the angle"),
        ({"shift": 1.3}, "The energy shift is at its limit of 1 eV"),
        ({"broadening": 0.9}, "The further broadening is at its limit of 0.6 eV"),
    ],
)
def test_a_doubtful_measurement_gives_a_warning(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries], changes: dict, message: str
) -> None:
    result = fit_order(molecule, measure(molecule, **changes), NORMAL, progress=False)
    assert any(message in warning for warning in result.warnings), result.warnings


def test_a_good_measurement_gives_none(molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]) -> None:
    assert fit_order(molecule, measure(molecule, noise=0.02), NORMAL, progress=False).warnings == ()


def test_an_isotropic_molecule_says_nothing(molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]) -> None:
    """No order parameter, and second moments with wide intervals."""
    isotropic = np.multiply.outer(np.eye(3), np.einsum("iik->k", molecule.tensor) / 3)
    ball = FilmMolecule(molecule.energies, isotropic + 1e-3 * molecule.tensor, molecule.thresholds)
    series = measure(ball, noise=0.02)
    with pytest.raises(ValueError, match="along this axis is the isotropic one within 1%"):
        fit_order(ball, series, NORMAL, progress=False)
    moments = fit_moments(ball, series, progress=False)
    assert all(value.half_width > 0.3 for value in moments.eigenvalues)
    assert any("determine 0 of the five numbers" in warning for warning in moments.warnings)


def test_an_axis_along_which_little_changes_is_ill_determined(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]
) -> None:
    isotropic = np.multiply.outer(np.eye(3), np.einsum("iik->k", molecule.tensor) / 3)
    ball = FilmMolecule(molecule.energies, isotropic + 0.02 * molecule.tensor, molecule.thresholds)
    result = fit_order(ball, measure(ball, noise=0.05), NORMAL, progress=False)
    assert any("ill-determined" in warning for warning in result.warnings)
    assert any("has no ensemble, so its errors are not in the intervals" in warning for warning in result.warnings)


def test_a_range_beyond_the_energies_of_the_molecule_is_refused(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]
) -> None:
    series = measure(molecule)
    far = with_first(series, energies=series.spectra[0].energies + 5)
    with pytest.raises(ValueError, match=r"begins at 305.5 eV, but .* only be compared up to 305\.0 eV"):
        fit_order(molecule, far, NORMAL, energy_range=(305.5, 309.0), progress=False)
    with pytest.raises(ValueError, match=r"20\.dat reaches from 287 to .* and has \d points from 304\.5 to 305 eV"):
        fit_order(molecule, far, NORMAL, energy_range=(304.5, 309.0), progress=False)


def test_thresholds_of_members_may_be_unknown(molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]) -> None:
    unknown = replace(molecule, member_thresholds=None)
    assert unknown.member(0).thresholds.tolist() == molecule.thresholds.tolist()
    assert np.isfinite(fit_order(unknown, measure(unknown), NORMAL, progress=False).order.model)


def test_a_wrong_scale_of_energies_asks_for_a_known_sample(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]
) -> None:
    series = measure(molecule, shift=0.4, noise=0.01)
    stretched = [replace(one, energies=285.0 + 1.05 * (one.energies - 285.0)) for one in series.spectra]
    result = fit_order(molecule, replace(series, spectra=tuple(stretched)), NORMAL, progress=False)
    assert any("Calibrate it with a scan of a known sample" in warning for warning in result.warnings), result.warnings


def test_spectra_that_are_normalised_differently_are_named(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]
) -> None:
    series = measure(molecule, noise=0.01)
    other = with_first(series, intensities=1.4 * series.spectra[0].intensities)
    result = fit_order(molecule, other, NORMAL, progress=False)
    assert any("20.dat would fit better" in warning for warning in result.warnings), result.warnings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ((70.0, 45.0, 0.0), "Angles counted from the film normal (90° minus yours) would explain 9"),
        ((90.0, 45.0, 20.0), "The angles in the reversed order would explain 9"),
    ],
)
def test_angles_of_another_convention_are_recognised(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries], wrong: tuple[float, ...], message: str
) -> None:
    series = measure(molecule, angles=(20.0, 45.0, 90.0), noise=0.02)
    spectra = [replace(one, angle=angle) for one, angle in zip(series.spectra, wrong, strict=True)]
    mistaken = replace(series, spectra=tuple(sorted(spectra, key=lambda one: one.angle or 0.0)))
    for result in (
        fit_order(molecule, mistaken, NORMAL, progress=False),
        fit_moments(molecule, mistaken, progress=False),
    ):
        assert [warning for warning in result.warnings if message in warning], result.warnings


def test_spectra_of_another_molecule_ask_for_the_molecule_first(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]
) -> None:
    peak = np.exp(-0.5 * ((molecule.energies - 286.8) / 0.5) ** 2)
    other = replace(molecule, tensor=molecule.tensor + np.multiply.outer(np.eye(3), 0.7 * peak))
    result = fit_order(molecule, measure(other, 0.4), NORMAL, progress=False)
    assert result.fit.explained < 0.9
    assert "are they of molecule?" in result.warnings[0]
    assert not any("would explain" in warning for warning in result.warnings)
