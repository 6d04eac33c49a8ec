"""Files of weights: read safely, or refused."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from support.authors import assert_close, inputs_of

from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.pretrained import import_weights
from schnetpack_isd.testing.authors_network import Reference, write_files


def test_files_of_their_training_are_imported(tmp_path: Path, theirs: Reference) -> None:
    """An ordered dictionary in float64, beside the state of Adam."""
    state = OrderedDict((key, tensor.double()) for key, tensor in theirs.state.items())
    state._metadata = {"": {"version": 1}}
    layer = torch.nn.Linear(2, 2)
    layer(torch.ones(2)).sum().backward()
    optimizer = torch.optim.Adam(layer.parameters())
    optimizer.step()
    weights, config = write_files(tmp_path, state, theirs.config)
    torch.save({"model_state_dict": state, "optimizer_state_dict": optimizer.state_dict(), "epoch": 1}, weights)
    model = import_weights(weights, config)
    assert not model.training
    assert_close(model(inputs_of(theirs.atoms, theirs.directions))["spectrum"], theirs.output)


class Payload:
    """Unpickled, it would create a file."""

    def __reduce__(self) -> tuple:
        return open, ("ran", "w")


def test_code_in_a_file_does_not_run(tmp_path: Path, theirs: Reference) -> None:
    path = tmp_path / "evil.pt"
    torch.save({"model_state_dict": theirs.state, "loss": Payload()}, path)
    with pytest.raises(ValueError, match=r"evil\.pt holds more than tensors .*open.*If you trust .*torch\.save"):
        import_weights(path, cutoff=8.0, symmetric_message=True)
    assert not Path("ran").exists()


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"hello", "half", [1]])
def test_other_files_are_refused(tmp_path: Path, theirs: Reference, content: object) -> None:
    path = tmp_path / "file.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "half":
        write_files(tmp_path, theirs.state, theirs.config)
        path.write_bytes((tmp_path / "model_state.pt").read_bytes()[:50_000])
    else:
        torch.save(content, path)
    with pytest.raises(ValueError, match=r"file\.pt is not"):
        import_weights(path, cutoff=8.0, symmetric_message=True)


@pytest.fixture
def files(tmp_path: Path, theirs: Reference) -> tuple[Path, Path]:
    return write_files(tmp_path, theirs.state, theirs.config)


def test_a_model_of_schnetpack_needs_no_import(files: tuple[Path, Path]) -> None:
    weights, config = files
    torch.save(import_weights(weights, config), "best_model")
    with pytest.raises(ValueError, match="best_model is already a model of SchNetPack"):
        import_weights("best_model", config)


def test_another_dictionary_is_refused_with_its_keys(files: tuple[Path, Path]) -> None:
    torch.save({"state": 1}, "other.pt")
    with pytest.raises(ValueError, match=r"other\.pt: missing: message_layers\.\*; .*its keys are: state"):
        import_weights("other.pt", files[1])


def test_a_configuration_must_be_one_of_the_authors(files: tuple[Path, Path]) -> None:
    Path("page.yaml").write_text("<html>404</html>")
    for other in ("page.yaml", files[0]):
        with pytest.raises(ValueError, match=r"is not a configuration of the authors|cannot be read as a YAML file"):
            import_weights(files[0], other)


def test_a_bare_state_dict_is_imported_too(files: tuple[Path, Path], theirs: Reference) -> None:
    torch.save(theirs.state, "bare.pt")
    bare, whole = import_weights("bare.pt", files[1]), import_weights(*files)
    torch.testing.assert_close(bare.state_dict(), whole.state_dict(), rtol=0, atol=0)


def test_weights_given_as_a_model_lead_to_the_import(files: tuple[Path, Path]) -> None:
    with pytest.raises(ValueError, match=r"model_state\.pt: .*`spkisd import-weights`"):
        load_spectrum_model(files[0])
