"""The ASE calculator."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk, molecule
from ase.calculators.calculator import PropertyNotImplementedError
from ase.io import read, write
from schnetpack.model import NeuralNetworkPotential
from scipy.integrate import lebedev_rule
from support.models import AXIS, CUTOFF, N_ENERGIES
from support.structures import make_batch, random_molecule, random_rotation

from schnetpack_isd.directions import CARTESIAN, LatticeDirection, PlaneNormal
from schnetpack_isd.ensemble import NeighborhoodScore, SpectrumEnsemble
from schnetpack_isd.interfaces import SpectrumCalculator

pytestmark = pytest.mark.filterwarnings("ignore:.*implausible intensities:UserWarning")  # of untrained models

DIRECTIONS = [(0.0, 0.0, 2.0), (1.0, -1.0, 0.5)]


@pytest.fixture
def calculator(either_model: NeuralNetworkPotential) -> SpectrumCalculator:
    return SpectrumCalculator(either_model, DIRECTIONS, batch_size=3)


@pytest.fixture
def counted(either_model: NeuralNetworkPotential, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Number of directions of each evaluation of the network."""
    calls: list[int] = []
    forward = either_model.forward

    def count(inputs: dict) -> dict:
        calls.append(inputs["direction"].shape[1])
        return forward(inputs)

    monkeypatch.setattr(either_model, "forward", count)
    return calls


def test_properties_are_the_spectra_of_the_model(
    calculator: SpectrumCalculator, either_model: NeuralNetworkPotential
) -> None:
    atoms = molecule("CH3CH2OH")
    expected = either_model(make_batch(atoms, np.array(DIRECTIONS)))["spectrum"].detach().numpy()
    atoms.calc = calculator
    np.testing.assert_allclose(calculator.get_property("spectrum", atoms), expected, rtol=1e-10)
    np.testing.assert_allclose(calculator.get_property("molecular_spectrum", atoms), expected.sum(axis=0), rtol=1e-10)
    assert calculator.get_property("site_atom", atoms).tolist() == np.flatnonzero(atoms.numbers == 6).tolist()
    norms = np.linalg.norm(calculator.get_property("direction", atoms), axis=1)
    np.testing.assert_allclose(norms, 1.0, rtol=1e-12)
    np.testing.assert_allclose(calculator.energies, AXIS, atol=1e-4)


def test_other_properties_are_not_implemented(calculator: SpectrumCalculator) -> None:
    with pytest.raises(PropertyNotImplementedError, match="energy: the model in memory does not predict it; the prop"):
        calculator.get_property("energy", molecule("CH4"))


@pytest.mark.parametrize("either_model", ["spectrum_model"], indirect=True)
def test_nothing_is_computed_again_while_nothing_changes(calculator: SpectrumCalculator, counted: list[int]) -> None:
    atoms = molecule("CH4")
    for name in ("spectrum", "molecular_spectrum", "site_atom"):
        calculator.get_property(name, atoms)
    assert counted == [2]
    calculator.get_property("isotropic_spectrum", atoms)
    calculator.get_property("isotropic_molecular_error", atoms)
    assert counted == [2, 13]
    calculator.get_property("spectrum", atoms)
    assert counted == [2, 13]


@pytest.mark.parametrize("either_model", ["spectrum_model"], indirect=True)
def test_a_change_of_structure_or_directions_is_noticed(calculator: SpectrumCalculator, counted: list[int]) -> None:
    atoms = molecule("CH4")
    calculator.get_property("isotropic_spectrum", atoms)
    atoms.positions[0] += 0.1
    calculator.get_property("isotropic_spectrum", atoms)
    assert counted == [15, 15]
    calculator.set(directions=CARTESIAN)
    assert calculator.get_property("spectrum", atoms).shape == (1, 3, N_ENERGIES)
    assert counted == [15, 15, 3]


@pytest.mark.parametrize("either_model", ["tensor_model"], indirect=True)
def test_with_tensors_the_network_runs_once_for_each_structure(
    calculator: SpectrumCalculator, counted: list[int]
) -> None:
    atoms = molecule("CH3CH2OH")
    for name in calculator.implemented_properties:
        calculator.get_property(name, atoms)
    calculator.set(directions=[(1, 1, 0)])
    turned = calculator.get_property("spectrum", atoms)
    assert counted == [0]
    atoms.positions[0] += 0.1
    calculator.get_property("spectrum", atoms)
    assert counted == [0, 0]
    atoms.positions[0] -= 0.1
    np.testing.assert_allclose(calculator.get_property("spectrum", atoms), turned, rtol=1e-9)


@pytest.mark.parametrize("either_model", ["tensor_model"], indirect=True)
def test_tensors_are_properties(calculator: SpectrumCalculator, either_model: NeuralNetworkPotential) -> None:
    atoms = molecule("CH3CH2OH")
    expected = either_model(make_batch(atoms))["spectrum_tensor"].detach().numpy()
    np.testing.assert_allclose(calculator.get_property("spectrum_tensor", atoms), expected, rtol=1e-9, atol=1e-12)
    total = calculator.get_property("molecular_tensor", atoms)
    np.testing.assert_allclose(total, expected.sum(axis=0), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["spectrum_tensor", "molecular_tensor"])
def test_a_model_without_tensors_is_named(spectrum_model: NeuralNetworkPotential, name: str) -> None:
    with pytest.raises(PropertyNotImplementedError, match=rf"{name}: the model in memory predicts .* no tensors"):
        SpectrumCalculator(spectrum_model).get_property(name, molecule("CH4"))


def test_results_belong_to_the_last_structure(calculator: SpectrumCalculator) -> None:
    calculator.calculate(molecule("CH3CH2OH"), ["spectrum"])
    calculator.calculate(molecule("C6H6"), ["isotropic_spectrum"])
    assert len(calculator.results["spectrum"]) == len(calculator.results["isotropic_spectrum"]) == 6


def test_directions_are_copied(calculator: SpectrumCalculator) -> None:
    given = [[0.0, 0.0, 1.0]]
    calculator.set(directions=given)
    given[0][0] = 9.0
    assert calculator.get_property("direction", molecule("C6H6")).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"energy_shift": 3.0}, "only `directions` can be set"),
        ({"directions": []}, "at least one direction"),
        ({"directions": [(0, 0, 0)]}, "not zero"),
        ({"directions": (0, 0, 1)}, "A list of directions was expected"),
        ({"directions": ["w"]}, "'w' is not the label of a direction"),
    ],
)
def test_invalid_parameters_are_refused(calculator: SpectrumCalculator, parameters: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calculator.set(**parameters)


def test_a_batch_of_structures_gives_what_each_gives_alone(calculator: SpectrumCalculator, counted: list[int]) -> None:
    frames = [molecule("CH4"), random_molecule(1), random_molecule(2, n_atoms=5), bulk("SiC", "zincblende", a=4.36)]
    together = list(calculator.predict(iter(frames), isotropic=True))
    assert len(counted) == 2  # batches of three
    for atoms, spectra in zip(frames, together, strict=True):
        for name in calculator.implemented_properties:
            np.testing.assert_allclose(
                getattr(spectra, name.replace("spectrum_tensor", "tensor")),
                calculator.get_property(name, atoms),
                rtol=1e-9,
                atol=1e-12,
                err_msg=name,
            )


def test_a_single_structure_is_predicted_too(calculator: SpectrumCalculator) -> None:
    [spectra] = calculator.predict(molecule("CH4"))
    np.testing.assert_array_equal(spectra.spectrum, calculator.get_property("spectrum", molecule("CH4")))


def test_crystal_directions_follow_the_cell(calculator: SpectrumCalculator) -> None:
    crystal = bulk("SiC", "wurtzite", a=3.08, c=5.05)
    crystal.positions[1] += (0.1, -0.2, 0.15)
    a, b, c = crystal.cell.array
    calculator.set(directions=[LatticeDirection(1, 1, 0), PlaneNormal(0, 0, 1), "hkl(1 0 0)"])
    by_lattice = calculator.get_property("spectrum", crystal)
    calculator.set(directions=[a + b, np.cross(a, b), np.cross(b, c)])
    np.testing.assert_allclose(by_lattice, calculator.get_property("spectrum", crystal), rtol=1e-9)


def test_a_lattice_direction_needs_a_lattice(calculator: SpectrumCalculator) -> None:
    calculator.get_property("spectrum", molecule("CH4"))
    calculator.set(directions=[LatticeDirection(1, 1, 0)])
    with pytest.raises(ValueError, match=r"Structure 0 \(CH4\): .*uvw\[1 1 0\] needs three lattice vectors"):
        calculator.get_property("spectrum", molecule("CH4"))


def test_raw_intensities_and_shifted_energies(
    either_model: NeuralNetworkPotential, calculator: SpectrumCalculator
) -> None:
    raw = SpectrumCalculator(either_model, DIRECTIONS, intensity="raw", energy_shift=-7.0)
    atoms = molecule("CH4")
    expected = 0.25 * calculator.get_property("spectrum", atoms)
    np.testing.assert_allclose(raw.get_property("spectrum", atoms), expected, rtol=1e-6)
    np.testing.assert_allclose(raw.energies, AXIS - 7.0, atol=1e-4)


def test_the_isotropic_spectrum_is_the_mean_over_the_sphere(calculator: SpectrumCalculator) -> None:
    atoms = random_molecule(1)
    points, weights = lebedev_rule(31)
    calculator.set(directions=points.T)
    exact = np.einsum("sde,d->se", calculator.get_property("spectrum", atoms), weights / weights.sum())
    found, error = (calculator.get_property(name, atoms) for name in ("isotropic_spectrum", "isotropic_error"))
    assert error.shape == (len(found),)
    assert (np.abs(found - exact).max(axis=1) <= error + 1e-12).all()
    total = calculator.get_property("isotropic_molecular_spectrum", atoms)
    np.testing.assert_allclose(total, found.sum(axis=0), rtol=1e-6)


def test_the_isotropic_spectrum_does_not_depend_on_the_orientation(calculator: SpectrumCalculator) -> None:
    atoms = random_molecule(1)
    rotated = Atoms(atoms.numbers, atoms.positions @ random_rotation(0).T)
    found, error = (calculator.get_property(name, atoms) for name in ("isotropic_spectrum", "isotropic_error"))
    turned, its_error = (calculator.get_property(name, rotated) for name in ("isotropic_spectrum", "isotropic_error"))
    assert (np.abs(turned - found).max(axis=1) <= error + its_error + 1e-12).all()


@pytest.mark.parametrize("either_model", ["tensor_model"], indirect=True)
def test_the_isotropic_spectrum_of_tensors_has_no_error(calculator: SpectrumCalculator) -> None:
    assert calculator.get_property("isotropic_error", molecule("CH3CH2OH")).tolist() == [0, 0]
    assert calculator.get_property("isotropic_molecular_error", molecule("CH3CH2OH")) == 0


FORK = """
import multiprocessing, sys, torch
from ase.build import molecule
from schnetpack_isd.interfaces import SpectrumCalculator

def total(atoms):
    return float(calculator.get_property("spectrum", atoms).sum())

if __name__ == "__main__":
    torch.set_num_threads(2)
    calculator = SpectrumCalculator("best_model")
    benzene = molecule("C6H6")
    expected = total(benzene)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.map_async(total, [benzene, benzene]).get(timeout=60)
    assert max(abs(value - expected) for value in found) < 1e-3 * abs(expected)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="fork")
def test_a_calculator_works_in_forked_processes(spectrum_model: NeuralNetworkPotential) -> None:
    torch.save(spectrum_model.float(), "best_model")
    Path("fork.py").write_text(FORK)
    subprocess.run([sys.executable, "-W", "ignore", "fork.py"], check=True, timeout=120)


@pytest.mark.parametrize("copy", [deepcopy, lambda calculator: pickle.loads(pickle.dumps(calculator))])
def test_a_calculator_can_be_copied(calculator: SpectrumCalculator, copy: Callable) -> None:
    atoms = random_molecule(1)
    expected = calculator.get_property("spectrum", atoms)
    np.testing.assert_array_equal(copy(calculator).get_property("spectrum", atoms.copy()), expected)


def test_a_calculator_works_in_threads(calculator: SpectrumCalculator) -> None:
    frames = [random_molecule(seed) for seed in range(6)]
    expected = [calculator.get_property("spectrum", atoms) for atoms in frames]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda atoms: deepcopy(calculator).get_property("spectrum", atoms), frames))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


@pytest.mark.parametrize("name", ["out.traj", "out.json", "out.db", "out.extxyz"])
def test_structures_with_results_can_be_written_by_ase(either_model: NeuralNetworkPotential, name: str) -> None:
    atoms = bulk("SiC", "zincblende", a=4.36)
    atoms.calc = SpectrumCalculator(either_model, [LatticeDirection(1, 1, 0), PlaneNormal(0, 0, 1), "z"])
    atoms.calc.get_property("spectrum", atoms)
    write(name, atoms)
    assert read(name) == atoms
    assert atoms.calc.todict() == {"directions": ["uvw[1 1 0]", "hkl(0 0 1)", "z"]}
    copy = SpectrumCalculator(either_model, **atoms.calc.todict())
    np.testing.assert_array_equal(copy.get_property("spectrum", atoms), atoms.calc.results["spectrum"])


def test_the_default_directions_are_no_parameters(spectrum_model: NeuralNetworkPotential) -> None:
    assert SpectrumCalculator(spectrum_model).todict() == {}
    assert SpectrumCalculator(spectrum_model).todict(skip_default=False) == {"directions": ["x", "y", "z"]}


STDS = {"spectrum_std", "molecular_spectrum_std", "isotropic_spectrum_std", "isotropic_molecular_spectrum_std"}


def test_an_ensemble_has_standard_deviations(either_ensemble: SpectrumEnsemble) -> None:
    calculator = SpectrumCalculator(either_ensemble, DIRECTIONS)
    single = SpectrumCalculator(either_ensemble.members[0], DIRECTIONS)
    added = STDS | ({"ionization_energy_std"} if single.predictor.head.predicts_tensors else set())
    assert set(calculator.implemented_properties) == {*single.implemented_properties, *added}
    atoms = molecule("CH3CH2OH")
    [spectra] = calculator.predict(atoms, isotropic=True)
    for name in added:
        found = calculator.get_property(name, atoms)
        assert found.shape == calculator.get_property(name.removesuffix("_std"), atoms).shape
        np.testing.assert_allclose(found, getattr(spectra, name), rtol=1e-9, err_msg=name)
        with pytest.raises(PropertyNotImplementedError, match=f"{name}: the model in memory does not predict it"):
            single.get_property(name, atoms)


def test_an_ensemble_with_a_score_of_extrapolation_has_it(either_ensemble: SpectrumEnsemble) -> None:
    atoms = molecule("CH3CH2OH")
    with pytest.raises(PropertyNotImplementedError, match="extrapolation_score: the model in memory"):
        SpectrumCalculator(either_ensemble).get_property("extrapolation_score", atoms)
    either_ensemble.neighborhood = NeighborhoodScore(["C", "H", "O"], CUTOFF).double()
    either_ensemble.neighborhood.limit.fill_(100.0)
    calculator = SpectrumCalculator(either_ensemble)
    calculator.get_property("isotropic_spectrum", atoms)
    assert calculator.get_property("extrapolation_score", atoms).shape == (2,)


@pytest.mark.parametrize("either_ensemble", ["tensor_ensemble"], indirect=True)
def test_deviations_along_other_directions_need_no_network(
    either_ensemble: SpectrumEnsemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    atoms = molecule("CH3CH2OH")
    calculator = SpectrumCalculator(either_ensemble, DIRECTIONS)
    calculator.get_property("spectrum_std", atoms)
    expected = SpectrumCalculator(either_ensemble, ["x"]).get_property("spectrum_std", atoms)
    monkeypatch.setattr(either_ensemble, "forward", None)  # must not be called
    calculator.set(directions=["x"])
    np.testing.assert_allclose(calculator.get_property("spectrum_std", atoms), expected, rtol=1e-9)
    total = calculator.get_property("molecular_spectrum_std", atoms)
    assert total.shape == (1, N_ENERGIES)
    assert (total <= expected.sum(axis=0)).all()


@pytest.mark.parametrize("either_ensemble", ["spectrum_ensemble"], indirect=True)
def test_deviations_without_tensors_follow_the_directions(either_ensemble: SpectrumEnsemble) -> None:
    atoms = molecule("CH3CH2OH")
    calculator = SpectrumCalculator(either_ensemble, DIRECTIONS)
    before = calculator.get_property("spectrum_std", atoms)
    calculator.set(directions=DIRECTIONS[::-1])
    np.testing.assert_allclose(calculator.get_property("spectrum_std", atoms), before[:, ::-1], rtol=1e-9)
