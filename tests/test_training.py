"""Training and prediction with SchNetPack's commands, in subprocesses."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData
from schnetpack.utils import load_model
from support.commands import run_command

from schnetpack_isd.atomistic import spectrum_head
from schnetpack_isd.data import ScaffoldSplit, open_database, paper_split_sizes
from schnetpack_isd.datasets import sample_settings
from schnetpack_isd.evaluation import Evaluation, evaluate
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN, TensorISDPaiNN
from schnetpack_isd.testing import published_layout as layout

SMALL = (
    "experiment=isd_ck_edge_sample",
    "model.representation.n_atom_basis=8",
    "model.representation.n_interactions=2",
    "data.num_train=32",
    "data.num_val=15",
    "data.num_test=17",
    "trainer.accelerator=cpu",
    "+trainer.enable_progress_bar=False",
    "logger=csv",
    "print_config=False",
)
EPOCHS = 4


def train(folder: Path, name: str, *overrides: str) -> Path:
    """Train; the first of the overrides can be another experiment."""
    experiment, *small = SMALL
    if overrides and overrides[0].startswith("experiment="):
        experiment, *overrides = overrides
    result = run_command("spktrain", folder, experiment, *small, f"run.id={name}", *overrides)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "runs" / name


def logged(run_folder: Path, metric: str) -> list[float]:
    values = []
    for path in sorted(run_folder.glob("csv/version_*/metrics.csv")):
        with path.open() as file:
            values += [float(row[metric]) for row in csv.DictReader(file) if row.get(metric)]
    return values


def last_weights(run_folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(run_folder / "checkpoints" / "last.ckpt", weights_only=False)["state_dict"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sample_db: str) -> Path:
    folder = tmp_path_factory.mktemp("training")
    (folder / "data").mkdir()
    shutil.copy(sample_db, folder / "data" / "ck_edge_sample.db")
    return folder


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    return train(folder, "whole", f"trainer.max_epochs={EPOCHS}")


def evaluate_test_part(run_folder: Path, folder: Path) -> Evaluation:
    rows = np.load(run_folder / "split.npz")["test_idx"]
    model = load_model(str(run_folder / "best_model"))
    return evaluate(model, str(folder / "data" / "ck_edge_sample.db"), rows, progress=False)


def test_the_best_model_is_saved_and_tested(trained: Path, folder: Path) -> None:
    errors = logged(trained, "val_spectrum_mse")
    assert len(errors) == EPOCHS
    best = int(np.argmin(errors))
    assert (trained / "checkpoints" / f"epoch={best:02d}.ckpt").exists()
    evaluation = evaluate_test_part(trained, folder)
    [reported] = logged(trained, "test_spectrum_mse")
    assert evaluation.squared_errors().mean() == pytest.approx(reported, rel=1e-5)


def test_the_best_model_records_its_training_data(trained: Path) -> None:
    head = spectrum_head(load_model(str(trained / "best_model")))
    assert head.elements == ["C", "F", "H", "N", "O"]
    assert "PBE" in head.level_of_theory
    assert head.training_ids is not None
    assert len(head.training_ids) == 32
    assert set(head.sources) == {"spectra", "structures"}
    np.testing.assert_allclose(head.energies, sample_settings().energies, atol=1e-4)


def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(trained: Path, folder: Path) -> None:
    schedule = f"task.scheduler_args.total_steps={EPOCHS}"
    train(folder, "resumed", "trainer.max_epochs=2", schedule)
    resumed = train(folder, "resumed", f"trainer.max_epochs={EPOCHS}", schedule)
    whole, weights = last_weights(trained), last_weights(resumed)
    assert whole.keys() == weights.keys()
    for key, value in whole.items():
        torch.testing.assert_close(weights[key], value, rtol=0.0, atol=1e-7, msg=key)


def test_several_databases_train_as_one(folder: Path, sample_db: str, tmp_path: Path) -> None:
    whole = open_database(sample_db)
    for name, rows in {"a.db": range(40), "b.db": range(40, 80)}.items():
        part = ASEAtomsData.create(str(tmp_path / name), distance_unit="Ang", property_unit_dict=whole.units)
        with part.conn as connection:
            for row in (whole.conn.get(number + 1) for number in rows):
                connection.write(row.toatoms(), key_value_pairs=row.key_value_pairs, data=row.data)
        DatabaseMetadata.read(whole).write(part)
    (tmp_path / "both.txt").write_text("a.db\nb.db\n")
    both = f"data.datapath={tmp_path / 'both.txt'}", "task.scheduler_args.total_steps=2"
    train(folder, "joined", *both, "trainer.max_epochs=1")
    run_folder = train(folder, "joined", *both, "trainer.max_epochs=2")  # resumes
    with np.load(run_folder / "split.npz") as split:
        ids, rows, test = split["molecule_id"], split["train_idx"], split["test_idx"]
    model = load_model(str(run_folder / "best_model"))
    assert sorted(spectrum_head(model).training_ids) == sorted(ids[rows])
    assert min(rows) < 40 <= max(rows)
    evaluation = evaluate(model, tmp_path / "both.txt", test, progress=False)
    assert evaluation.squared_errors().mean() == pytest.approx(logged(run_folder, "test_spectrum_mse")[-1], rel=1e-5)


def test_two_processes_report_the_test_error_of_one(folder: Path) -> None:
    both = train(folder, "ddp", "trainer=ddp_trainer", "trainer.max_epochs=2")
    [reported] = logged(both, "test_spectrum_mse")
    assert evaluate_test_part(both, folder).squared_errors().mean() == pytest.approx(reported, rel=1e-5)


def test_two_processes_share_a_scaffold_split_and_resume_with_it(folder: Path) -> None:
    arguments = (
        "trainer=ddp_trainer",
        "data/splitting=scaffold",
        "data.num_train=null",
        "data.num_val=null",
        "task/scheduler=constant",
    )
    for epochs in (1, 2):
        scaffold = train(folder, "scaffold", *arguments, "data.num_test=null", f"trainer.max_epochs={epochs}")
    dataset = ASEAtomsData(str(folder / "data" / "ck_edge_sample.db"))
    with np.load(scaffold / "split.npz") as split:
        assert tuple(len(split[f"{part}_idx"]) for part in ("train", "val", "test")) == ScaffoldSplit().sizes(dataset)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("tensors", ["experiment=isd_tensor_sample"]),
        ("orbitals", ["experiment=isd_orbital_member", "data=ck_edge_sample", "model.representation.n_matrix_basis=4"]),
    ],
)
def test_the_tensor_model_trains_on_whole_tensors(folder: Path, name: str, options: list[str]) -> None:
    run = train(folder, name, *options, f"trainer.max_epochs={EPOCHS}")
    shares = logged(run, "val_spectrum_tensor_unexplained")
    assert shares[-1] < shares[0]
    evaluation = evaluate_test_part(run, folder)
    assert evaluation.sphere is not None
    assert evaluation.sphere.share() == pytest.approx(logged(run, "test_spectrum_tensor_unexplained")[0], rel=1e-4)
    assert evaluation.variance_shares().share() == pytest.approx(logged(run, "test_spectrum_unexplained")[0], rel=1e-4)
    assert evaluation.predicted.min() >= 0
    assert logged(run, "val_ionization_energy_mae")[-1] < 5.0  # eV


def test_the_tensor_model_trains_without_thresholds(folder: Path) -> None:
    options = ("experiment=isd_tensor_sample", "data.settings.broadening=0.5", "trainer.max_epochs=1")
    run = train(folder, "without", *options, "data.datapath=${run.data_dir}/constant.db")
    assert logged(run, "val_spectrum_tensor_unexplained")
    assert not logged(run, "val_ionization_energy_mae")


def test_soap_trains_and_a_run_with_it_is_resumed(folder: Path) -> None:
    options = ["experiment=isd_tensor_sample", "task/optimizer=soap", "data.settings.broadening=0.5"]
    options += ["data.datapath=${run.data_dir}/constant.db", "task/scheduler=constant"]
    for epochs in (1, 3):
        run = train(folder, "soap", *options, f"trainer.max_epochs={epochs}")
    shares = logged(run, "val_spectrum_tensor_unexplained")
    assert len(shares) == 3
    assert shares[-1] < shares[0]


def test_a_resumed_run_refuses_data_of_another_broadening(trained: Path, sample_db: str, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "runs" / "copy")
    scale = DatabaseMetadata.read(open_database(sample_db)).intensity_scale  # of the model
    options = (f"trainer.max_epochs={EPOCHS}", "data.settings.broadening=0.5", f"data.settings.scale={scale}")
    result = run_command("spktrain", tmp_path, *SMALL, "run.id=copy", *options)
    assert result.returncode != 0
    assert "broadening: threshold-4.5:0.3 threshold+9.666666667:2.0 before, 0.5 now" in result.stdout + result.stderr


def test_the_path_of_a_split_file_is_relative_to_the_working_directory(folder: Path) -> None:
    np.savez(folder / "mine.npz", train_idx=range(16), val_idx=range(20, 24), test_idx=range(30, 35))
    sizes = [f"data.num_{part}=null" for part in ("train", "val", "test")]
    mine = train(folder, "mine", *sizes, "+data.split_file=mine.npz", "trainer.max_epochs=1")
    assert not (mine / "split.npz").exists()


def test_a_missing_split_file_is_named_with_its_full_path(folder: Path) -> None:
    sizes = [f"data.num_{part}=null" for part in ("train", "val", "test")]
    result = run_command("spktrain", folder, *SMALL, *sizes, "run.id=none", "+data.split_file=none.npz")
    assert f"{folder / 'none.npz'}: no such split file" in result.stderr


def test_spkpredict_writes_the_site_of_each_spectrum(trained: Path, folder: Path) -> None:
    datapath = folder / "data" / "ck_edge_sample.db"
    result = run_command(
        "spkpredict", folder, f"datapath={datapath}", f"modeldir={trained}", "outputdir=predictions", "cutoff=6.0",
        "write_interval=batch", "batch_size=400", "trainer.accelerator=cpu",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    batches = [torch.load(trained / "predictions" / "0" / f"{number}.pt") for number in range(2)]
    predicted = {key: torch.cat([batch[key] for batch in batches]) for key in batches[0]}
    assert predicted["spectrum"].shape == (2406, 3, 320)
    assert predicted["direction"].shape == (685, 3, 3)

    dataset = ASEAtomsData(str(datapath))
    rows = np.load(trained / "split.npz")["test_idx"]
    evaluation = evaluate_test_part(trained, folder)
    start = 0
    for row in rows:
        sites = torch.nonzero(dataset[int(row)]["site_mask"]).squeeze(-1)
        found = predicted["site_structure"] == int(row)
        assert predicted["site_atom"][found].tolist() == sites.tolist()
        expected = evaluation.predicted[start : start + len(sites)]
        np.testing.assert_allclose(predicted["spectrum"][found], expected, atol=1e-4)
        start += len(sites)


def test_spkpredict_can_predict_every_absorbing_atom(trained: Path, folder: Path) -> None:
    datapath = folder / "data" / "ck_edge_sample.db"
    result = run_command(
        "spkpredict", folder, f"datapath={datapath}", f"modeldir={trained}", "outputdir=everything", "cutoff=6.0",
        "write_interval=batch", "batch_size=700", "trainer.accelerator=cpu", "+data.load_properties=[]",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    predicted = torch.load(trained / "everything" / "0" / "0.pt")
    dataset = ASEAtomsData(str(datapath), load_properties=[])
    carbons = [torch.nonzero(dataset[row]["_atomic_numbers"] == 6).squeeze(-1) for row in range(len(dataset))]
    assert predicted["site_atom"].tolist() == torch.cat(carbons).tolist()
    assert torch.equal(predicted["direction"], torch.eye(3).expand(len(dataset), 3, 3))


def test_a_training_can_start_from_the_model_of_another(trained: Path, folder: Path) -> None:
    start = f"init_from={trained / 'best_model'}"
    fine = train(folder, "fine", start, "trainer.max_epochs=1", "globals.lr=1e-5")
    [first, *_] = logged(fine, "val_spectrum_mse")
    assert first < 1.1 * min(logged(trained, "val_spectrum_mse"))
    missing = run_command("spktrain", folder, *SMALL, "run.id=none", "init_from=none")
    assert missing.returncode != 0
    assert "none: no such file, and not the name of a bundled model" in missing.stderr


def test_a_finished_run_cannot_be_prolonged(trained: Path, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "data").symlink_to(folder / "data")
    shutil.copytree(trained, tmp_path / "runs" / "copy")
    result = run_command(
        "spktrain", tmp_path, *SMALL, "run.id=copy", f"trainer.max_epochs={EPOCHS + 5}",
    )  # fmt: skip
    assert result.returncode != 0
    assert f"schedule of this run ends after {EPOCHS} epochs" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_run_of_one_epoch_has_no_schedule_and_cannot_be_prolonged(folder: Path) -> None:
    train(folder, "one", "trainer.max_epochs=1")
    result = run_command("spktrain", folder, *SMALL, "run.id=one", "trainer.max_epochs=2")
    assert result.returncode != 0
    assert "began without a learning-rate schedule" in result.stdout + result.stderr


def test_a_training_that_diverges_ends_with_an_error_and_no_model(folder: Path) -> None:
    arguments = ("run.id=diverged", "globals.lr=1e20", "trainer.gradient_clip_val=null", "trainer.max_epochs=3")
    result = run_command("spktrain", folder, *SMALL, *arguments)
    assert result.returncode != 0
    assert "the training has diverged" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    saved = folder / "runs" / "diverged" / "best_model"
    assert not saved.exists() or all(weights.isfinite().all() for weights in load_model(str(saved)).parameters())


def test_a_resumed_run_refuses_data_on_another_energy_axis(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "runs" / "copy")
    result = run_command(
        "spktrain", tmp_path, *SMALL, "run.id=copy", f"trainer.max_epochs={EPOCHS}", "data.settings.energies.stop=313.0"
    )
    assert result.returncode != 0
    assert "289.00 to 314.00 eV in 320 points, but the data is on 289.00 to 313.00" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("experiment", "kind"),
    [("isd_ck_edge", ISDPaiNN), ("isd_ck_edge_ocp", OCPISDPaiNN), ("isd_tensor", TensorISDPaiNN)],
    ids=["ours", "the authors'", "tensors"],
)
def test_the_papers_experiment_runs_on_files_of_the_published_layout(
    tmp_path: Path, experiment: str, kind: type
) -> None:
    """One epoch of a small model, with the files in the offline folder."""
    offline = tmp_path / "offline"
    offline.mkdir()
    sites = {number: [0, 1] for number in range(1, 31)}
    layout.write_site_spectra(offline / "site_spectra_0.5eV.hdf5", sites)
    structures = layout.made_up_structures(range(1, 34), dict.fromkeys(sites, 2))
    layout.write_qm9_archive(offline / "dsgdb9nsd.xyz.tar.bz2", structures)
    layout.write_uncharacterized(offline / "uncharacterized.txt", [3, *range(31, 3084)])
    result = run_command(
        "spktrain", tmp_path, f"experiment={experiment}", "run.id=paper", "model.representation.n_atom_basis=8",
        "model.representation.n_interactions=1", "trainer.max_epochs=1", "trainer.accelerator=cpu", "logger=csv",
        "print_config=False", SPKISD_OFFLINE_FOLDER=str(offline),
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    with np.load(tmp_path / "runs" / "paper" / "split.npz") as split:
        assert tuple(len(split[part]) for part in ("train_idx", "val_idx", "test_idx")) == paper_split_sizes(29)
    model = load_model(str(tmp_path / "runs" / "paper" / "best_model"))
    assert type(model.representation) is kind
    head = spectrum_head(model)
    assert head.intensity_scale.item() == pytest.approx(1.1704213102348149e-4)
    np.testing.assert_allclose(head.energies, np.linspace(288.0, 310.0, 256), atol=1e-4)


def test_without_a_connection_the_papers_experiment_says_where_to_put_each_file(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    result = run_command(
        "spktrain", tmp_path, "experiment=isd_ck_edge", "logger=csv", "trainer.accelerator=cpu",
        HTTPS_PROXY=nobody, https_proxy=nobody,
    )  # fmt: skip
    assert result.returncode != 0
    missing = tmp_path / "data" / "site_spectra_0.5eV.hdf5"
    assert "Download https://ndownloader.figshare.com/files/31947896 by other means" in result.stderr
    assert f"save it as {missing}" in result.stderr
    assert not missing.exists()
