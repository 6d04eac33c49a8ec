"""Configurations of the authors, and arguments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from support.authors import REFERENCE, assert_close, imported, inputs_of

from schnetpack_isd.pretrained import import_weights
from schnetpack_isd.testing.authors_network import Reference, formulas, reference, write_files


@pytest.mark.parametrize("cutoff", [3.3, 8.0])
def test_the_cutoff_is_that_of_the_configuration(tmp_path: Path, theirs: Reference, cutoff: float) -> None:
    config = theirs.config | {"cutoff": cutoff}
    model = imported(tmp_path, theirs.state, config)
    expected = formulas(theirs.state, config, theirs.atoms[0], theirs.directions[0])
    result = model(inputs_of(theirs.atoms[:1], theirs.directions[:1], cutoff=cutoff))
    assert_close(result["spectrum"][:, 0], expected.numpy())


def test_the_energies_are_those_of_the_configuration(tmp_path: Path, theirs: Reference) -> None:
    model = imported(tmp_path, theirs.state, theirs.config | {"energies": [290, 300, 24]})
    np.testing.assert_allclose(model.output_modules[0].energies, np.linspace(290, 300, 24), atol=1e-4)


def test_the_number_of_neighbours_is_that_of_the_configuration(tmp_path: Path, theirs: Reference) -> None:
    model = imported(tmp_path, theirs.state, theirs.config | {"max_neighbors": 5})
    with pytest.warns(UserWarning, match=r"An atom has 8 neighbours within .*arbitrary choice of 5"):
        model(inputs_of(theirs.atoms[:1], theirs.directions[:1]))


def test_other_keys_are_ignored(tmp_path: Path, theirs: Reference) -> None:
    model = imported(tmp_path, theirs.state, theirs.config | {"wandb_version": 1})
    assert_close(model(inputs_of(theirs.atoms, theirs.directions))["spectrum"], theirs.output)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cutoff": None}, "`cutoff` is unknown"),
        ({"symmetric_message": None}, "`symmetric_message` is unknown .*or --symmetric-message"),
        ({"symmetric_message": "yes"}, "`symmetric_message` must be true or false, not 'yes'"),
        ({"cutoff": -8.0}, "`cutoff` must be a positive number of Å, not -8.0"),
        ({"hidden_channels": 512}, "`hidden_channels` is 32, but 512 in .*config-defaults.yaml"),
        ({"num_layers": 2}, "`num_layers` is 3, but 2"),
        ({"message_factor_normalize": True}, "`message_factor_normalize` is True in .*; only False is supported"),
        ({"energies": [288, 310, 256]}, "has 256 energies, but 24 `out_channels`"),
        ({"energies": [310, 288, 24]}, r"config-defaults\.yaml: `energies` must be first, last \(eV\) and number"),
        ({"envelope": {"name": "polynomial", "exponent": 6}}, "`envelope` is .*6.* in .*; only .*5.* is supported"),
        ({"zero_initialization": "False"}, r"config-defaults\.yaml: `zero_initialization` must be true or false"),
        ({"max_neighbors": 0}, r"config-defaults\.yaml: `max_neighbors` must be a positive whole number, not 0"),
        ({"zero_initialization": True}, r"unexpected: equivariant_atom_emb\.embeddings\.weight"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(
    tmp_path: Path, theirs: Reference, change: dict, message: str
) -> None:
    config = {key: value for key, value in (theirs.config | change).items() if value is not None}
    with pytest.raises(ValueError, match=message):
        imported(tmp_path, theirs.state, config)


def test_arguments_can_replace_the_configuration(tmp_path: Path, theirs: Reference) -> None:
    weights, config = write_files(tmp_path, theirs.state, theirs.config)
    inputs = inputs_of(theirs.atoms, theirs.directions)
    from_file = import_weights(weights, config)(dict(inputs))
    from_arguments = import_weights(weights, cutoff=8.0, symmetric_message=True)(dict(inputs))
    torch.testing.assert_close(from_arguments, from_file, rtol=0, atol=0)


def test_arguments_must_not_contradict_the_configuration(tmp_path: Path, theirs: Reference) -> None:
    weights, config = write_files(tmp_path, theirs.state, theirs.config)
    with pytest.raises(ValueError, match=r"`cutoff` was given as 6\.0, but is 8\.0 in .*config-defaults\.yaml"):
        import_weights(weights, config, cutoff=6.0)


def test_an_argument_tells_the_ablation_without_directional_embedding(tmp_path: Path) -> None:
    ablation = reference(REFERENCE, "without_directional_embedding")
    weights, _ = write_files(tmp_path, ablation.state, {})
    model = import_weights(weights, cutoff=8.0, symmetric_message=True, directional_embedding=False)
    assert_close(model(inputs_of(ablation.atoms, ablation.directions))["spectrum"], ablation.output)
