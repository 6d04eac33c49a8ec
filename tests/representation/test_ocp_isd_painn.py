"""OCPISDPaiNN compared with outputs of the authors' code and with their formulas."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk, molecule
from schnetpack.interfaces import AtomsConverter
from schnetpack.transform import ASENeighborList
from support.authors import REFERENCE, TEMPLATE, assert_close, imported, inputs_of

from schnetpack_isd.testing.authors_network import NAMES, PAPER, Reference, formulas, random_state, reference


@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_features_equal_those_of_their_code(tmp_path: Path, name: str) -> None:
    theirs = reference(REFERENCE, name)
    model = imported(tmp_path, theirs.state, theirs.config)
    inputs = inputs_of(theirs.atoms, theirs.directions)
    assert_close(model(inputs)["spectrum"], theirs.output)
    assert_close(inputs["scalar_representation"][:, 0], theirs.scalar_features)
    assert_close(inputs["vector_representation"][:, 0], theirs.vector_features)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_for_one_direction_at_a_time_equal_those_of_their_code(tmp_path: Path, name: str) -> None:
    theirs = reference(REFERENCE, name)
    model = imported(tmp_path, theirs.state, theirs.config)
    for number in range(len(theirs.directions)):
        single = model(inputs_of(theirs.atoms, theirs.directions[[number]]))
        assert_close(single["spectrum"], theirs.output[:, [number]])


@pytest.mark.parametrize("name", NAMES)
def test_outputs_for_one_structure_at_a_time_equal_those_of_their_code(tmp_path: Path, name: str) -> None:
    theirs = reference(REFERENCE, name)
    model = imported(tmp_path, theirs.state, theirs.config)
    alone = [model(inputs_of([atoms], theirs.directions))["spectrum"] for atoms in theirs.atoms]
    assert_close(torch.cat(alone), theirs.output)


@pytest.mark.parametrize("symmetric_message", [True, False])
def test_outputs_at_the_papers_size_equal_the_formulas(tmp_path: Path, symmetric_message: bool) -> None:
    config = PAPER | {"symmetric_message": symmetric_message}
    state = random_state(TEMPLATE, n_features=512, n_layers=8, n_rbf=64, n_energies=256)
    model = imported(tmp_path, state, config).double()
    atoms, directions = molecule("CH3CH2OH"), np.array([[0.3, -1.0, 0.5], [0.0, 0.0, 2.0]])
    result = model(inputs_of([atoms], directions, dtype=torch.float64))
    expected = np.stack([formulas(state, config, atoms, direction).numpy() for direction in directions], axis=1)
    assert_close(result["spectrum"], expected, tolerance=1e-9)
    single = model.float()(inputs_of([atoms], directions))
    assert_close(single["spectrum"], expected, tolerance=3e-5)


def test_an_imported_model_has_the_papers_axis_and_scale(tmp_path: Path, theirs: Reference) -> None:
    head = imported(tmp_path, theirs.state, theirs.config).output_modules[0]
    np.testing.assert_allclose(head.energies, np.linspace(288, 310, head.n_out), atol=1e-4)
    assert head.intensity_scale.item() == pytest.approx(1.1704213102348149e-4)


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_is_one_of_theirs(tmp_path: Path, name: str) -> None:
    """Row 0 of an embedding is unused, so it is not compared."""
    theirs = reference(REFERENCE, name)
    model = imported(tmp_path, theirs.state, theirs.config)
    values = torch.cat([tensor.flatten() for tensor in theirs.state.values()])
    for key, parameter in model.named_parameters():
        weights = parameter[1:] if "embedding" in key else parameter
        assert torch.isin(weights, values).all(), key


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_finite_for_a_lone_atom_and_zero_vectors(tmp_path: Path, name: str) -> None:
    """Vectors are exactly zero in the ablations without the directional embedding."""
    theirs = reference(REFERENCE, name)
    model = imported(tmp_path, theirs.state, theirs.config)
    inputs = inputs_of([*theirs.atoms, Atoms("C")], theirs.directions)
    inputs["_positions"].requires_grad_()
    model(inputs)["spectrum"].square().sum().backward()
    assert inputs["_positions"].grad.isfinite().all()
    for key, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), key


def test_elements_without_an_embedding_are_refused(tmp_path: Path, theirs: Reference) -> None:
    model = imported(tmp_path, theirs.state, theirs.config)
    message = r"Atom 1 of structure 1 is Cl \(Z = 17\).* for H to F"
    with pytest.raises(ValueError, match=message):
        model(inputs_of([molecule("CH4"), molecule("CH3Cl")], theirs.directions))


DIAMOND = bulk("C", "diamond", a=3.57)
ONE_INTERACTION = random_state(TEMPLATE, n_features=16, n_layers=1, n_rbf=8, n_energies=24)
"""Weights with which the spectrum of an atom depends on its neighbours, but not on theirs."""
CRYSTAL_CONFIG = {"cutoff": 8.0, "symmetric_message": True, "message_factor_normalize": False}


def cluster_around_an_atom(crystal: Atoms, radius: float) -> tuple[Atoms, int]:
    """A molecule of all atoms within the radius of an atom of the crystal, and the index of that atom."""
    cluster = crystal.repeat(11)
    centre = np.linalg.norm(cluster.positions - cluster.positions.mean(axis=0), axis=1).argmin()
    cluster.positions -= cluster.positions[centre]
    cluster = cluster[np.linalg.norm(cluster.positions, axis=1) < radius]
    cluster.pbc = False
    return cluster, int(np.linalg.norm(cluster.positions, axis=1).argmin())


def crystal_inputs(theirs: Reference) -> dict[str, torch.Tensor]:
    inputs = AtomsConverter(ASENeighborList(cutoff=8.0), dtype=torch.float64)([DIAMOND])
    return inputs | {"direction": torch.tensor(theirs.directions[:1])[None]}


@pytest.mark.filterwarnings("ignore:.*neighbours within 8 Å:UserWarning")
def test_all_neighbours_of_an_atom_in_a_crystal_are_used(tmp_path: Path, theirs: Reference) -> None:
    cluster, centre = cluster_around_an_atom(DIAMOND, radius=8.0)
    expected = formulas(ONE_INTERACTION, CRYSTAL_CONFIG, cluster, theirs.directions[0])[centre]
    model = imported(tmp_path, ONE_INTERACTION, CRYSTAL_CONFIG).double()
    assert_close(model(crystal_inputs(theirs))["spectrum"][0, 0], expected.numpy(), tolerance=1e-6)


def test_too_many_neighbours_for_the_authors_code_give_one_warning(tmp_path: Path, theirs: Reference) -> None:
    model, inputs = imported(tmp_path, ONE_INTERACTION, CRYSTAL_CONFIG).double(), crystal_inputs(theirs)
    n_neighbors = len(cluster_around_an_atom(DIAMOND, radius=8.0)[0]) - 1
    with pytest.warns(UserWarning, match=f"{n_neighbors} neighbours within 8 Å. All of them are used"):
        model(dict(inputs))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model(dict(inputs))


def test_a_copied_model_warns_again(tmp_path: Path, theirs: Reference) -> None:
    model, inputs = imported(tmp_path, ONE_INTERACTION, CRYSTAL_CONFIG).double(), crystal_inputs(theirs)
    for each in (model, copy.deepcopy(model)):
        with pytest.warns(UserWarning, match="neighbours within 8 Å"):
            each(dict(inputs))


def test_pairs_beyond_the_cutoff_change_nothing(tmp_path: Path, theirs: Reference) -> None:
    model = imported(tmp_path, theirs.state, theirs.config)
    apart = [molecule("CH4") + Atoms("C", positions=[(0, 0, 9.0)])]
    model.representation.max_neighbors = 6  # the two molecules have five and one atom
    wide, narrow = (model(inputs_of(apart, theirs.directions, cutoff))["spectrum"] for cutoff in (8.0, 12.0))
    torch.testing.assert_close(wide, narrow)
