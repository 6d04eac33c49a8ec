"""Order parameters and second moments from spectra of films."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from schnetpack_isd.analysis.orient import FilmMolecule, fit_moments, fit_order
from schnetpack_isd.data.sources import iter_structures, open_spectra
from schnetpack_isd.datasets import SAMPLE_STICKS, SAMPLE_STRUCTURES, sample_settings
from schnetpack_isd.measured import MeasuredSeries, MeasuredSpectrum
from schnetpack_isd.spectra import film_components, film_spectrum, normal_matrix, tilt_angle

from .conftest import NORMAL

THIOPHENE = 900011


@pytest.mark.parametrize("order", [-0.4, 0.1, 0.85])
def test_the_order_parameter_of_exact_spectra_is_recovered(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries], order: float
) -> None:
    single = FilmMolecule(molecule.energies, molecule.tensor, molecule.thresholds)
    result = fit_order(single, measure(molecule, order), NORMAL, progress=False)
    assert result.order.value == pytest.approx(order, abs=2e-3)
    assert result.tilt == pytest.approx(float(tilt_angle(order)), abs=0.2)
    assert result.shift.value == pytest.approx(0.23, abs=5e-3)
    assert result.broadening.value == pytest.approx(0.2, abs=0.01)
    assert result.fit.scale == pytest.approx(3.0, rel=5e-3)
    assert result.fit.step == pytest.approx(0.4, abs=0.02)
    assert result.order.model is None


def test_the_order_parameter_of_a_calculated_spectrum_is_recovered() -> None:
    """Benzene, whose carbon atoms are the same along the normal of the ring."""
    [(_, atoms)] = [found for found in iter_structures(SAMPLE_STRUCTURES, {214}) if found[1] is not None]
    energies = np.linspace(289.0, 314.0, 251)
    with open_spectra(SAMPLE_STICKS) as file:
        [site] = file.sites(214)
    components = 6 * site.components(energies, sample_settings().broadening)
    axis = np.linalg.svd(atoms.positions)[2][2]
    tensor = components[[[0, 5, 4], [5, 1, 3], [4, 3, 2]]]
    along, across = film_components(tensor, normal_matrix(axis, 0.6))
    measured = tuple(
        MeasuredSpectrum(energies[:-20] - 7.0, film[:-20], angle)
        for angle, film in zip((20.0, 90.0), film_spectrum(along, across, (20.0, 90.0)), strict=True)
    )
    molecule = FilmMolecule(energies - 7.4, tensor, np.full(6, site.ionization_energy) - 6.65)
    result = fit_order(molecule, MeasuredSeries(measured), axis, progress=False)
    assert result.order.value == pytest.approx(0.6, abs=2e-3)
    assert result.shift.value == pytest.approx(0.4, abs=5e-3)


def test_a_rotation_of_the_molecule_with_its_axis_changes_nothing(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]
) -> None:
    turn, series = Rotation.random(random_state=1).as_matrix(), measure(molecule, 0.5, noise=0.02)
    assert molecule.members is not None
    turned = replace(
        molecule,
        tensor=np.einsum("ai,ijk,bj->abk", turn, molecule.tensor, turn),
        members=np.einsum("ai,mijk,bj->mabk", turn, molecule.members, turn),
    )
    first = fit_order(molecule, series, NORMAL, progress=False).order
    second = fit_order(turned, series, -2 * turn @ NORMAL, progress=False).order
    for name in ("value", "noise", "model"):
        assert getattr(second, name) == pytest.approx(getattr(first, name), rel=1e-3)


def test_noise_and_model_are_told_apart(molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]) -> None:
    quiet = fit_order(molecule, measure(molecule, 0.5), NORMAL, progress=False).order
    noisy = fit_order(molecule, measure(molecule, 0.5, noise=0.1), NORMAL, progress=False).order
    assert quiet.noise < 0.1 * noisy.noise
    assert noisy.model is not None
    assert 0 < noisy.model < noisy.noise
    low, high = noisy.interval
    assert low < 0.5 < high


def test_the_degree_of_polarisation_can_be_fitted(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]
) -> None:
    series = replace(measure(molecule, 0.7, polarisation=0.88), polarisation=1.0)
    result = fit_order(molecule, series, NORMAL, fit_polarisation=True, progress=False)
    assert result.fit.solution.nuisance.polarisation == pytest.approx(0.88, abs=0.01)
    assert result.order.value == pytest.approx(0.7, abs=0.02)


def test_second_moments_are_recovered_as_far_as_they_are_determined(
    molecule: FilmMolecule, measure: Callable[..., MeasuredSeries]
) -> None:
    """The peaks of this molecule are along three fixed axes, so that only two of five numbers are determined."""
    frame = np.array([NORMAL, [1.0, 0.0, 0.0], np.cross(NORMAL, [1.0, 0.0, 0.0])])
    moments = frame.T @ np.diag([0.6, 0.3, 0.1]) @ frame
    single = FilmMolecule(molecule.energies, molecule.tensor, molecule.thresholds)
    result = fit_moments(single, measure(molecule, moments), progress=False)
    assert [value.value for value in result.eigenvalues] == pytest.approx([0.6, 0.3, 0.1], abs=0.01)
    np.testing.assert_allclose(np.abs(result.moments.axes @ frame.T), np.eye(3), atol=0.05)
    assert result.moments.n_determined == 2
    assert any("determine 2 of the five numbers" in warning for warning in result.warnings)
