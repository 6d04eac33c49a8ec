"""The authors' weights give the authors' numbers, and files that are not theirs are refused."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from ase import Atoms
from ase.build import bulk, molecule
from ase.io import write
from schnetpack.data import ASEAtomsData
from schnetpack.interfaces import AtomsConverter
from schnetpack.model import NeuralNetworkPotential
from schnetpack.transform import ASENeighborList
from schnetpack.utils import load_model
from support.commands import run_command

from schnetpack_isd.cli import main
from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.pretrained import PAPER_INTENSITY_SCALE, download_weights, import_weights, zenodo
from schnetpack_isd.testing import published_layout as layout
from schnetpack_isd.testing.authors_network import (
    NAMES,
    PAPER,
    Reference,
    formulas,
    random_state,
    reference,
    write_files,
)

REFERENCE = Path(__file__).parent.parent / "reference"
TEMPLATE = reference(REFERENCE, "symmetric_1out").state


def imported(folder: Path, state: dict, config: dict, **settings: object) -> NeuralNetworkPotential:
    return import_weights(*write_files(folder, state, config), **settings)


def inputs_of(
    atoms: list[Atoms], directions: np.ndarray, cutoff: float = 8.0, dtype: torch.dtype = torch.float32
) -> dict[str, torch.Tensor]:
    """Inputs for the spectra of all atoms."""
    inputs = AtomsConverter(ASENeighborList(cutoff=cutoff), dtype=dtype)(atoms)
    inputs["direction"] = torch.tensor(directions, dtype=dtype).repeat(len(atoms), 1, 1)
    inputs["site_mask"] = torch.ones(len(inputs["_atomic_numbers"]), dtype=torch.bool)
    return inputs


def assert_close(result: torch.Tensor, expected: np.ndarray, tolerance: float = 1e-5) -> None:
    assert result.shape == expected.shape
    assert np.abs(result.detach().numpy() - expected).max() <= tolerance * np.abs(expected).max()


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


@pytest.fixture
def theirs() -> Reference:
    return reference(REFERENCE, "symmetric_1out")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"update_layers.1.vec_proj.weight": None}, r"missing: update_layers\.1\.vec_proj\.weight\.$"),
        ({"radial_basis.rbf.offset": None}, r"missing: radial_basis\.rbf\.offset"),
        (
            {"equivariant_atom_emb.embeddings.weight": None},
            r"missing: equivariant_atom_emb\.embeddings\.weight .*--no-directional-embedding",
        ),
        ({"message_layers.0.extra": torch.ones(2)}, r"surplus: message_layers\.0\.extra"),
        (
            {"message_layers.0.x_proj.2.bias": torch.ones(95), "out_invariant.0.bias": torch.ones(23)},
            r"of another shape: .*x_proj\.2\.bias \(95,\) instead of \(96,\), out_invariant\.0\.bias \(23,\)",
        ),
        ({"out_invariant.0.bias": torch.full((24,), torch.nan)}, r"not finite: out_invariant\.0\.bias"),
        (
            {"out_invariant.0.bias": torch.full((24,), 1e300, dtype=torch.float64)},
            r"not finite: out_invariant\.0\.bias",
        ),
        ({"out_invariant.0.bias": "text"}, r"no tensors of floating-point numbers: out_invariant\.0\.bias"),
        ({"out_invariant.0.bias": torch.ones(24).int()}, r"no tensors of floating-point numbers: out_invariant"),
        ({"out_invariant.0.bias": torch.ones(24).to_sparse()}, r"no tensors of floating-point numbers: out_invariant"),
        ({"radial_basis.rbf.offset": torch.zeros(1)}, r"rbf\.offset is no tensor of 1 dimension of at least 2"),
        ({"message_layers.10000000.x": torch.ones(2)}, r"missing: message_layers\.3\.\*, but there is .*10000000"),
        ({7: torch.ones(2), "extra": torch.ones(2)}, r"surplus: 7, extra"),
    ],
)
def test_keys_that_are_not_as_they_should_be_are_named(
    tmp_path: Path, theirs: Reference, change: dict, message: str
) -> None:
    state = {key: value for key, value in (theirs.state | change).items() if value is not None}
    with pytest.raises(ValueError, match=rf"model_state\.pt: .*{message}"):
        imported(tmp_path, state, theirs.config)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cutoff": None}, "Nothing says what `cutoff` is"),
        ({"symmetric_message": None}, "Nothing says what `symmetric_message` is .*or --symmetric-message"),
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
        ({"zero_initialization": True}, r"surplus: equivariant_atom_emb\.embeddings\.weight"),
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


class Payload:
    """Unpickled, it would create a file."""

    def __reduce__(self) -> tuple:
        return open, ("ran", "w")


def test_code_in_a_file_does_not_run(tmp_path: Path, theirs: Reference) -> None:
    path = tmp_path / "evil.pt"
    torch.save({"model_state_dict": theirs.state, "loss": Payload()}, path)
    with pytest.raises(ValueError, match=r"evil\.pt holds more than tensors .*open.*If you trust them, .*torch\.save"):
        import_weights(path, cutoff=8.0, symmetric_message=True)
    assert not Path("ran").exists()


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"hello", "half", [1]])
def test_a_file_that_is_none_of_theirs_is_refused(tmp_path: Path, theirs: Reference, content: object) -> None:
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


def test_what_is_another_kind_of_file_is_called_so(tmp_path: Path, theirs: Reference) -> None:
    weights, config = write_files(tmp_path, theirs.state, theirs.config)
    torch.save(import_weights(weights, config), "best_model")
    with pytest.raises(ValueError, match="best_model is a model of SchNetPack already"):
        import_weights("best_model", config)
    torch.save({"state": 1}, "other.pt")
    with pytest.raises(ValueError, match=r"other\.pt: missing: message_layers\.\*; .*its keys are: state"):
        import_weights("other.pt", config)
    Path("page.yaml").write_text("<html>404</html>")
    for other in ("page.yaml", weights):
        with pytest.raises(ValueError, match=r"is no configuration of theirs|cannot be read as a YAML file"):
            import_weights(weights, other)
    torch.save(theirs.state, "bare.pt")
    bare, whole = import_weights("bare.pt", config), import_weights(weights, config)
    torch.testing.assert_close(bare.state_dict(), whole.state_dict(), rtol=0, atol=0)
    with pytest.raises(ValueError, match=r"model_state\.pt: .*`spkisd import-weights`"):
        load_spectrum_model(weights)


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


def test_the_command_makes_a_model_for_spkpredict(
    tmp_path: Path, theirs: Reference, capsys: pytest.CaptureFixture
) -> None:
    weights, config = write_files(tmp_path, theirs.state, theirs.config)
    assert main(["import-weights", str(weights), "--config", str(config)]) == 0
    printed = capsys.readouterr().out
    assert "best_model: 32 features, 3 interactions, 16 Gaussians, cutoff 8 A, elements H to F" in printed
    assert "symmetric message: yes; directional embedding: yes; output layers: 1" in printed
    assert "24 energies from 288 to 310 eV, intensity scale 0.000117042" in printed
    before = Path("best_model").read_bytes()
    assert main(["import-weights", str(weights), "--config", str(config)]) == 1
    assert "best_model exists" in capsys.readouterr().err
    assert Path("best_model").read_bytes() == before
    assert main(["import-weights", str(weights), "--config", str(config), "--force"]) == 0
    for output in (weights, config):
        assert main(["import-weights", str(weights), "--config", str(config), "--output", str(output), "--force"]) == 1
        assert "is what is to be imported" in capsys.readouterr().err

    dataset = ASEAtomsData.create("four.db", "Ang", {"direction": "1", "site_mask": "1"})
    dataset.add_systems(
        [{"direction": theirs.directions[None], "site_mask": np.ones(len(atoms))} for atoms in theirs.atoms],
        theirs.atoms,
    )
    result = run_command(
        "spkpredict", tmp_path, f"datapath={tmp_path / 'four.db'}", f"modeldir={tmp_path}", "outputdir=predictions",
        "cutoff=8.0", "write_interval=batch", "trainer.accelerator=cpu",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    predicted = torch.load(tmp_path / "predictions" / "0" / "0.pt")
    assert_close(predicted["spectrum"], theirs.output, tolerance=2e-5)


def test_the_command_evaluates_an_imported_model(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config = {"cutoff": 8.0, "symmetric_message": True, "message_factor_normalize": False}
    weights, path = write_files(
        tmp_path, random_state(TEMPLATE, n_features=16, n_layers=2, n_rbf=8, n_energies=256), config
    )
    assert main(["import-weights", str(weights), "--config", str(path)]) == 0
    sites = {number: [0, 1] for number in range(1, 8)}
    spectra, structures = tmp_path / "site_spectra_0.5eV.hdf5", tmp_path / "dsgdb9nsd.xyz.tar.bz2"
    layout.write_site_spectra(spectra, sites)
    layout.write_qm9_archive(structures, layout.made_up_structures(sites, dict.fromkeys(sites, 2)))
    settings = SpectrumSettings(scale=PAPER_INTENSITY_SCALE)
    convert_spectra(spectra, structures, "out.db", settings, progress=False)
    np.savez("split.npz", train_idx=[0, 1, 2], val_idx=[3], test_idx=[4, 5, 6])
    assert main(["evaluate", "--model", "best_model", "--data", "out.db", "--split", "split.npz"]) == 0
    assert "6" in capsys.readouterr().out


@pytest.fixture
def host(tmp_path: Path, theirs: Reference, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A served folder with the listing and the files of a record."""
    served = tmp_path / "host"
    record = served / "api" / "records" / "10547719"
    (tmp_path / "made").mkdir()
    entries = []
    made = write_files(tmp_path / "made", theirs.state, theirs.config)
    for path, name in zip(made, ("model_state_random_split.pt", "config-defaults_random_split.yaml"), strict=True):
        content = path.read_bytes()
        (record / "files" / name).mkdir(parents=True)
        (record / "files" / name / "content").write_bytes(content)
        entries.append({"key": name, "checksum": f"md5:{hashlib.md5(content).hexdigest()}"})
    (record / "files" / "index.html").write_text(json.dumps({"entries": entries}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(zenodo, "ZENODO", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield record / "files"
    server.shutdown()
    server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    """A host that writes no log."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.usefixtures("host")
def test_the_command_downloads_the_published_pair(tmp_path: Path, theirs: Reference) -> None:
    assert main(["import-weights", "--download", "random_split"]) == 0
    model = load_model("best_model")
    assert model.output_modules[0].elements == ["C", "F", "H", "N", "O"]
    assert_close(model(inputs_of(theirs.atoms, theirs.directions))["spectrum"], theirs.output)
    assert (tmp_path / "weights" / "model_state_random_split.pt").exists()
    assert main(["import-weights", "--download", "random_split", "--output", "again"]) == 0


def test_published_weights_predict_by_their_name(
    tmp_path: Path, host: Path, theirs: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zenodo, "os_cache", lambda _: tmp_path / "cache")
    write("ethanol.xyz", theirs.atoms[0])
    command = ["predict", "ethanol.xyz", "--model", "random_split", "--direction", "0", "0", "1", "--sites", "-o"]
    assert main([*command, "first.npz"]) == 0
    shutil.rmtree(host)
    assert main([*command, "second.npz"]) == 0  # from the cache
    with np.load("first.npz") as first, np.load("second.npz") as second:
        np.testing.assert_array_equal(first["spectrum"], second["spectrum"])
        expected = formulas(theirs.state, theirs.config, theirs.atoms[0], np.array([0, 0, 1.0])).numpy()
        assert_close(torch.tensor(first["spectrum"][1:]), expected[theirs.atoms[0].numbers == 6], tolerance=1e-4)
        weights = tmp_path / "cache" / "model_state_random_split.pt"
        digest = json.loads(str(first["attributes"]))["model_sha256"]
    assert digest == hashlib.sha256(weights.read_bytes()).hexdigest()


def test_what_is_not_what_the_host_has_is_refused(tmp_path: Path, host: Path) -> None:
    weights = host / "model_state_random_split.pt" / "content"
    good = weights.read_bytes()
    weights.write_bytes(good[:-1])
    with pytest.raises(ValueError, match=r"model_state_random_split\.pt arrived, but is not .*records/10547719"):
        download_weights("random_split", tmp_path / "weights", progress=False)
    assert not list((tmp_path / "weights").glob("*.pt"))
    weights.write_bytes(good)
    download_weights("random_split", tmp_path / "weights", progress=False)
    (tmp_path / "weights" / "config-defaults_random_split.yaml").write_text(yaml.safe_dump({"cutoff": {"value": 5.0}}))
    with pytest.raises(ValueError, match=r"config-defaults_random_split\.yaml is not the file that Zenodo has"):
        download_weights("random_split", tmp_path / "weights", progress=False)


@pytest.mark.usefixtures("host")
def test_what_cannot_be_downloaded_is_named(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(ValueError, match=r"'all' are no published weights: random_split, scaffold_split, wo_SM"):
        download_weights("all", tmp_path)
    with pytest.raises(ValueError, match=r"has no model_state_scaffold_split\.pt\. It has: model_state_random"):
        download_weights("scaffold_split", tmp_path)
    with pytest.raises(OSError, match=r"Zenodo did not list .*10566201 \(HTTPError: 404.*Download model_state_wo_SM"):
        download_weights("wo_SM", tmp_path)
    assert main(["import-weights"]) == 1
    assert "give either a file of weights or --download NAME" in capsys.readouterr().err
    assert main(["import-weights", "--download", "random_split", "--config", "mine.yaml"]) == 1
    assert "leave out --config" in capsys.readouterr().err
