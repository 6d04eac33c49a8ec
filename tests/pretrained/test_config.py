"""Configurations of the authors, and arguments."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from support.authors import REFERENCE, assert_close, imported, inputs_of

from schnetpack_isd.pretrained import import_weights
from schnetpack_isd.testing.authors_network import (
    Reference,
    formulas,
    reference,
    write_files,
)


@pytest.mark.parametrize("cutoff", [3.3, 8.0])
def test_cutoff_window_and_other_types_are_those_of_the_files(tmp_path: Path, theirs: Reference, cutoff: float) -> None:
    """A file as their training writes it: an ordered dictionary, and the state of Adam."""
    config = theirs.config | {"cutoff": cutoff, "energies": [290, 300, 24], "max_neighbors": 5, "wandb_version": 1}
    state = OrderedDict((key, tensor.double()) for key, tensor in theirs.state.items())
    state._metadata = {"": {"version": 1}}
    layer = torch.nn.Linear(2, 2)
    layer(torch.ones(2)).sum().backward()
    optimizer = torch.optim.Adam(layer.parameters())
    optimizer.step()
    weights, path = write_files(tmp_path, state, config)
    torch.save({"model_state_dict": state, "optimizer_state_dict": optimizer.state_dict(), "epoch": 1}, weights)
    model = import_weights(weights, path)
    assert not model.training
    expected = formulas(theirs.state, config, theirs.atoms[0], theirs.directions[0])
    with pytest.warns(UserWarning, match=r"An atom has 8 neighbours within .*more than 5"):
        result = model(inputs_of(theirs.atoms[:1], theirs.directions[:1], cutoff=cutoff))
    assert_close(result["spectrum"][:, 0], expected.numpy())
    np.testing.assert_allclose(model.output_modules[0].energies, np.linspace(290, 300, 24), atol=1e-4)


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


def test_options_say_what_the_configuration_does_not(tmp_path: Path, theirs: Reference) -> None:
    weights, config = write_files(tmp_path, theirs.state, theirs.config)
    from_file, from_options = (
        import_weights(weights, config),
        import_weights(weights, cutoff=8.0, symmetric_message=True),
    )
    inputs = inputs_of(theirs.atoms, theirs.directions)
    torch.testing.assert_close(from_options(dict(inputs)), from_file(dict(inputs)), rtol=0, atol=0)
    with pytest.raises(ValueError, match=r"`cutoff` was given as 6\.0, but is 8\.0 in .*config-defaults\.yaml"):
        import_weights(weights, config, cutoff=6.0)
    ablation = reference(REFERENCE, "without_directional_embedding")
    weights, _ = write_files(tmp_path, ablation.state, {})
    model = import_weights(weights, cutoff=8.0, symmetric_message=True, directional_embedding=False)
    assert_close(model(inputs)["spectrum"], ablation.output)
