"""Spectra of a structure, and their standard deviations."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from schnetpack.model import NeuralNetworkPotential
from support.structures import random_molecule

from schnetpack_isd.ensemble import SpectrumEnsemble, Uncertainty
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.prediction import BindingEnergies, SpectrumPredictor, StructureSpectra

pytestmark = pytest.mark.filterwarnings("ignore:.*implausible intensities:UserWarning")  # of untrained models

FRAMES = [molecule("CH3CH2OH"), random_molecule(1)]
DIRECTIONS = np.array([(1.0, 0.0, 0.0), (0.48, 0.6, 0.64), (0.0, 0.0, 1.0)])
SPECTRA = ("spectrum", "molecular_spectrum", "isotropic_spectrum", "isotropic_molecular_spectrum")


@pytest.fixture(params=["spectrum_ensemble", "positive_ensemble"])
def ensemble(request: pytest.FixtureRequest) -> SpectrumEnsemble:
    """Ensembles whose mean spectra are those of the members: without tensors, and with positive ones."""
    return request.getfixturevalue(request.param)


def predict(module: object, frames: list[Atoms] = FRAMES, **arguments: object) -> list[StructureSpectra]:
    return list(SpectrumPredictor(module, **arguments).predict(frames, DIRECTIONS, isotropic=True))


def peak(spectra: StructureSpectra) -> np.ndarray:
    """Centre of mass of the spectra, which is not linear in them."""
    return spectra.spectrum @ spectra.energies / spectra.spectrum.sum(axis=-1)


def test_spectra_of_an_ensemble_are_the_mean_with_the_sample_deviation(ensemble: SpectrumEnsemble) -> None:
    of_members = [predict(member) for member in ensemble.members]
    for number, found in enumerate(predict(ensemble)):
        for name in SPECTRA:
            spectra = np.stack([getattr(member[number], name) for member in of_members])
            highest, std = np.abs(spectra).max(), spectra.std(axis=0, ddof=1)
            np.testing.assert_allclose(getattr(found, name), spectra.mean(axis=0), rtol=0, atol=2e-6 * highest)
            np.testing.assert_allclose(getattr(found, f"{name}_std"), std, rtol=0, atol=1e-4 * std.max())


def test_thresholds_have_a_deviation_in_ev(tensor_ensemble: SpectrumEnsemble) -> None:
    thresholds = [np.concatenate([s.ionization_energy for s in predict(member)]) for member in tensor_ensemble.members]
    found = predict(tensor_ensemble, intensity="raw", energy_shift=-7.0)
    std = np.concatenate([spectra.ionization_energy_std for spectra in found])
    np.testing.assert_allclose(std, np.std(thresholds, axis=0, ddof=1), rtol=1e-9)
    mean = np.concatenate([spectra.ionization_energy for spectra in found])
    np.testing.assert_allclose(mean, np.mean(thresholds, axis=0) - 7.0, rtol=1e-9)


def test_thresholds_that_were_not_calibrated_have_no_deviation(tensor_ensemble: SpectrumEnsemble) -> None:
    tensor_ensemble.uncertainty = Uncertainty({0.5: 1.0, 0.6827: 2.5})
    [spectra] = predict(tensor_ensemble, FRAMES[:1])
    assert spectra.spectrum_std is not None
    assert spectra.ionization_energy_std is BindingEnergies.of(spectra).std is None
    value, std = spectra.with_std(lambda of: of.ionization_energy)
    np.testing.assert_array_equal(value, spectra.ionization_energy)
    assert np.isnan(std).all()
    implemented = SpectrumCalculator(tensor_ensemble).implemented_properties
    assert "spectrum_std" in implemented
    assert "ionization_energy_std" not in implemented


def test_deviations_are_in_the_unit_of_the_spectra(either_ensemble: SpectrumEnsemble) -> None:
    [plain], [raw] = (predict(either_ensemble, FRAMES[:1], intensity=unit) for unit in ("normalised", "raw"))
    for name in SPECTRA:
        np.testing.assert_allclose(
            getattr(raw, f"{name}_std"), 0.25 * getattr(plain, f"{name}_std"), rtol=1e-9, err_msg=name
        )


def test_quantities_that_follow_from_spectra_have_a_deviation(ensemble: SpectrumEnsemble) -> None:
    def dichroism(spectra: StructureSpectra) -> np.ndarray:
        return spectra.molecular_spectrum[2] - spectra.molecular_spectrum[0]

    of_members = [dichroism(predict(member, FRAMES[:1])[0]) for member in ensemble.members]
    [spectra] = predict(ensemble, FRAMES[:1])
    value, std = spectra.with_std(dichroism)
    expected = np.std(of_members, axis=0, ddof=1)
    np.testing.assert_allclose(value, np.mean(of_members, axis=0), rtol=0, atol=1e-4)
    np.testing.assert_allclose(std, expected, rtol=0, atol=1e-4 * expected.max())
    apart = np.hypot(spectra.molecular_spectrum_std[2], spectra.molecular_spectrum_std[0])
    assert (std < 0.9 * apart).any()  # spectra of a member deviate together


def test_deviations_of_nonlinear_quantities_are_from_their_value(ensemble: SpectrumEnsemble) -> None:
    [spectra] = predict(ensemble, FRAMES[:1])
    value, std = spectra.with_std(peak)
    np.testing.assert_array_equal(value, peak(spectra))
    of_members = [peak(member) for member in spectra.members()]
    np.testing.assert_allclose(std, np.sqrt(np.mean((of_members - value) ** 2, axis=0)), rtol=1e-12)


def test_every_spectrum_of_a_member_has_its_deviation(either_ensemble: SpectrumEnsemble) -> None:
    [spectra] = predict(either_ensemble, FRAMES[:1])
    names = [*SPECTRA, "ionization_energy"] if spectra.tensor is not None else SPECTRA
    for name in names:
        value, std = spectra.with_std(lambda part, name=name: getattr(part, name))
        np.testing.assert_array_equal(value, getattr(spectra, name))
        np.testing.assert_allclose(std, getattr(spectra, f"{name}_std"), rtol=1e-9, atol=1e-12, err_msg=name)


def test_other_directions_follow_from_the_tensors(tensor_ensemble: SpectrumEnsemble) -> None:
    expected = predict(tensor_ensemble)
    for found, direct in zip(SpectrumPredictor(tensor_ensemble).predict(FRAMES, [(1, 1, 0)]), expected, strict=True):
        turned = found.along(DIRECTIONS)
        for name in SPECTRA[:2]:
            for part in (name, f"{name}_std"):
                np.testing.assert_allclose(getattr(turned, part), getattr(direct, part), rtol=1e-9, err_msg=part)
        value, std = found.with_std(lambda part: part.along(DIRECTIONS).spectrum)
        np.testing.assert_allclose(value, direct.spectrum, rtol=1e-9)
        np.testing.assert_allclose(std, direct.spectrum_std, rtol=1e-9)


def test_there_is_no_deviation_of_what_is_not_predicted(
    either_ensemble: SpectrumEnsemble, either_model: NeuralNetworkPotential
) -> None:
    [spectra] = SpectrumPredictor(either_ensemble).predict(FRAMES[:1])
    assert spectra.isotropic_spectrum is spectra.isotropic_spectrum_std is None
    assert spectra.isotropic_molecular_spectrum_std is None
    assert spectra.extrapolation_score is None
    [spectra] = predict(either_model, FRAMES[:1])
    assert all(getattr(spectra, f"{name}_std") is None for name in (*SPECTRA, "ionization_energy"))
    with pytest.raises(ValueError, match="needs the spectra of an ensemble, not those of a single model"):
        spectra.with_std(peak)
