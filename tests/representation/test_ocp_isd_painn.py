"""OCPISDPaiNN gives the numbers of the authors' code."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk, molecule
from schnetpack.interfaces import AtomsConverter
from schnetpack.transform import ASENeighborList
from support.authors import REFERENCE, TEMPLATE, assert_close, imported, inputs_of

from schnetpack_isd.testing.authors_network import (
    NAMES,
    PAPER,
    Reference,
    formulas,
    random_state,
    reference,
)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_features_are_those_of_their_code(tmp_path: Path, name: str) -> None:
    theirs = reference(REFERENCE, name)
    model = imported(tmp_path, theirs.state, theirs.config)
    inputs = inputs_of(theirs.atoms, theirs.directions)
    assert_close(model(inputs)["spectrum"], theirs.output)
    assert_close(inputs["scalar_representation"][:, 0], theirs.scalar_features)
    assert_close(inputs["vector_representation"][:, 0], theirs.vector_features)
    for number in range(len(theirs.directions)):
        single = model(inputs_of(theirs.atoms, theirs.directions[[number]]))
        assert_close(single["spectrum"], theirs.output[:, [number]])
    alone = [model(inputs_of([atoms], theirs.directions))["spectrum"] for atoms in theirs.atoms]
    assert_close(torch.cat(alone), theirs.output)


@pytest.mark.parametrize("symmetric_message", [True, False])
def test_at_the_papers_size_it_gives_the_numbers_of_the_formulas(tmp_path: Path, symmetric_message: bool) -> None:
    config = PAPER | {"symmetric_message": symmetric_message}
    state = random_state(TEMPLATE, n_features=512, n_layers=8, n_rbf=64, n_energies=256)
    model = imported(tmp_path, state, config).double()
    atoms, directions = molecule("CH3CH2OH"), np.array([[0.3, -1.0, 0.5], [0.0, 0.0, 2.0]])
    result = model(inputs_of([atoms], directions, dtype=torch.float64))
    expected = np.stack([formulas(state, config, atoms, direction).numpy() for direction in directions], axis=1)
    assert_close(result["spectrum"], expected, tolerance=1e-9)
    single = model.float()(inputs_of([atoms], directions))
    assert_close(single["spectrum"], expected, tolerance=3e-5)
    head = model.output_modules[0]
    np.testing.assert_allclose(head.energies, np.linspace(288, 310, 256), atol=1e-4)
    assert head.intensity_scale.item() == pytest.approx(1.1704213102348149e-4)


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_is_theirs_and_has_a_finite_gradient(tmp_path: Path, name: str) -> None:
    """Vectors are exactly zero in the ablation; the unused row of an embedding is not a weight."""
    theirs = reference(REFERENCE, name)
    model = imported(tmp_path, theirs.state, theirs.config)
    inputs = inputs_of([*theirs.atoms, Atoms("C")], theirs.directions)
    inputs["_positions"].requires_grad_()
    model(inputs)["spectrum"].square().sum().backward()
    assert inputs["_positions"].grad.isfinite().all()
    values = torch.cat([tensor.flatten() for tensor in theirs.state.values()]).sort().values
    for key, parameter in model.named_parameters():
        mine = parameter[1:] if "embedding" in key else parameter
        assert torch.isin(mine, values).all(), key
        assert parameter.grad.isfinite().all(), key


def test_elements_without_an_embedding_are_refused(tmp_path: Path, theirs: Reference) -> None:
    model = imported(tmp_path, theirs.state, theirs.config)
    message = r"Atom 1 of structure 1 is Cl \(Z = 17\).* for H to F"
    with pytest.raises(ValueError, match=message):
        model(inputs_of([molecule("CH4"), molecule("CH3Cl")], theirs.directions))


def test_all_neighbours_are_used_with_one_warning(tmp_path: Path, theirs: Reference) -> None:
    """After one interaction, an atom in a crystal is as in a cluster of its neighbours."""
    state = random_state(TEMPLATE, n_features=16, n_layers=1, n_rbf=8, n_energies=24)
    config = {"cutoff": 8.0, "symmetric_message": True, "message_factor_normalize": False}
    model = imported(tmp_path, state, config).double()
    crystal = bulk("C", "diamond", a=3.57)
    cluster = crystal.repeat(11)
    distances = np.linalg.norm(cluster.positions - cluster.positions.mean(axis=0), axis=1)
    cluster = cluster[np.linalg.norm(cluster.positions - cluster.positions[distances.argmin()], axis=1) < 8.0]
    cluster.pbc = False
    middle = int(np.linalg.norm(cluster.positions - cluster.positions.mean(axis=0), axis=1).argmin())
    expected = formulas(state, config, cluster, theirs.directions[0])[middle]

    inputs = AtomsConverter(ASENeighborList(cutoff=8.0), dtype=torch.float64)([crystal])
    inputs["direction"] = torch.tensor(theirs.directions[:1])[None]
    with pytest.warns(UserWarning, match=f"{len(cluster) - 1} neighbours within 8 Å. All of them are used") as warned:
        results = [model(dict(inputs))["spectrum"] for _ in range(2)]
    assert len(warned) == 1
    with pytest.warns(UserWarning, match="neighbours"):
        copy.deepcopy(model)(dict(inputs))
    assert_close(results[1][0, 0], expected.numpy(), tolerance=1e-6)


def test_pairs_beyond_the_cutoff_change_nothing(tmp_path: Path, theirs: Reference) -> None:
    model = imported(tmp_path, theirs.state, theirs.config)
    apart = [molecule("CH4") + Atoms("C", positions=[(0, 0, 9.0)])]
    model.representation.max_neighbors = 6  # the two molecules have five and one atom
    wide, narrow = (model(inputs_of(apart, theirs.directions, cutoff))["spectrum"] for cutoff in (8.0, 12.0))
    torch.testing.assert_close(wide, narrow)
