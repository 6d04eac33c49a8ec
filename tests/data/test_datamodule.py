"""The data module: its split, its order, and the databases it refuses."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from pytorch_lightning import LightningModule, Trainer
from schnetpack.data import ASEAtomsData, AtomsDataModuleError
from schnetpack.interfaces import AtomsConverter
from schnetpack.transform import CastTo32, MatScipyNeighborList
from support.structures import random_molecule, structures
from torch.utils.data._utils.pin_memory import pin_memory

from schnetpack_isd.data import EpochSampler, PackedLoader, RowReader, SpectrumSettings, convert_spectra
from schnetpack_isd.data.loader import PackedBatch
from schnetpack_isd.datasets import SAMPLE_STICKS, SAMPLE_STRUCTURES, CKSample
from schnetpack_isd.spectra.tensor import project
from schnetpack_isd.transform import MoleculeNeighborList, RandomDirections

TRANSFORMS = [MatScipyNeighborList(cutoff=3.0), CastTo32()]


def data_module(datapath: str, settings: SpectrumSettings, **arguments: object) -> CKSample:
    arguments = {"split_file": None, "num_workers": 0, "transforms": TRANSFORMS, **arguments}
    module = CKSample(datapath, batch_size=16, settings=settings, **arguments)
    module.prepare_data()
    module.setup()
    return module


def test_rows_are_those_of_schnetpack(sample_db: str) -> None:
    arguments = {"property_units": {"excitation_energy": "Ha"}, "distance_unit": "Bohr"}
    dataset = ASEAtomsData(sample_db, transforms=[*TRANSFORMS, RandomDirections()], **arguments).subset([4, 2])
    reader = pickle.loads(pickle.dumps(RowReader(dataset)))
    assert len(reader) == 2
    for number in range(2):
        row, expected = reader[number], dataset[number]
        assert row.keys() == expected.keys()
        for key, value in expected.items():
            assert row[key].dtype == value.dtype
            assert torch.equal(row[key], value), key


def test_a_database_without_its_source_is_used_with_a_warning(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path
) -> None:
    gone = {"spectra": tmp_path / "gone.hdf5", "structures": tmp_path / "gone.extxyz"}
    with pytest.warns(UserWarning, match="is used without comparing it with its sources"):
        data_module(sample_db, sample_settings, **gone)


def test_numbers_of_molecules_and_split_files_are_followed(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path
) -> None:
    module = data_module(sample_db, sample_settings, num_train=50, num_val=20, num_test=30)
    assert [len(part) for part in (module.train_idx, module.val_idx, module.test_idx)] == [50, 20, 30]
    with pytest.raises(ValueError, match="688 molecules cannot be split into 600"):
        data_module(sample_db, sample_settings, num_train=600, num_val=80, num_test=30)
    split_file = tmp_path / "split.npz"
    np.savez(split_file, train_idx=[5, 6, 7], val_idx=[1], test_idx=[2, 3])
    module = data_module(sample_db, sample_settings, split_file=str(split_file))
    assert (module.train_idx, module.val_idx, module.test_idx) == ([5, 6, 7], [1], [2, 3])


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"sigma": 0.3}, "sigma: 0.5 in the database, 0.3 requested"),
        ({"energies": np.linspace(290.0, 305.0, 256)}, "256 values from 290.0 to 306.0 in the database"),
        ({"directions": np.eye(3)[:2]}, "directions"),
        ({"directions": 3}, "directions"),
        ({"scale": 1.0}, "scale: mean in the database, 1.0 requested"),
        ({"tensor": False}, "tensor"),
    ],
)
def test_a_database_made_with_other_settings_is_refused(
    sample_db: str, sample_settings: SpectrumSettings, settings: dict, named: str
) -> None:
    with pytest.raises(AtomsDataModuleError, match=named):
        data_module(sample_db, replace(sample_settings, **settings))


def test_a_database_of_other_spectra_is_refused(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path
) -> None:
    spectra, structures = tmp_path / "mine.hdf5", tmp_path / "mine.extxyz"
    spectra.write_bytes(b"other")
    structures.write_bytes(b"others")
    with pytest.raises(AtomsDataModuleError, match=r"source: .*ck_sample_sticks.hdf5.*mine.hdf5"):
        data_module(sample_db, sample_settings, spectra=spectra, structures=structures)
    with pytest.raises(ValueError, match="both"):
        data_module(sample_db, sample_settings, spectra=spectra)


def test_random_directions_have_their_exact_spectra(sample_db: str) -> None:
    dataset = ASEAtomsData(sample_db, transforms=[RandomDirections(n_directions=4, seed=3)])
    plain = ASEAtomsData(sample_db)[8]
    row = dataset[8]
    assert row["direction"].shape == (1, 4, 3)
    expected = project(plain["spectrum_tensor"].numpy(), row["direction"][0])
    np.testing.assert_allclose(row["spectrum"], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(project(plain["spectrum_tensor"].numpy(), np.eye(3)), plain["spectrum"], atol=1e-5)
    torch.testing.assert_close(dataset[8]["direction"], row["direction"])
    assert not torch.equal(dataset[9]["direction"], row["direction"])
    dataset.transforms[0].set_epoch(1)
    assert not torch.equal(dataset[8]["direction"], row["direction"])


@pytest.mark.parametrize("num_workers", [0, 2])
def test_order_and_directions_are_a_function_of_the_epoch(
    sample_db: str, sample_settings: SpectrumSettings, num_workers: int
) -> None:
    def epochs(first: int) -> list[tuple[list[int], torch.Tensor]]:
        random = RandomDirections(n_directions=2)
        module = data_module(
            sample_db, sample_settings, num_train=40, num_val=9, num_workers=num_workers,
            train_transforms=[random, *TRANSFORMS],
        )  # fmt: skip
        loader, result = module.train_dataloader(), []
        for epoch in range(first, 3):
            loader.sampler.set_epoch(epoch)
            batches = list(loader)
            result.append(
                (torch.cat([b["_idx"] for b in batches]).tolist(), torch.cat([b["direction"] for b in batches]))
            )
        return result

    through, resumed = epochs(0), epochs(2)
    assert through[2][0] == resumed[0][0]
    assert torch.equal(through[2][1], resumed[0][1])
    assert through[0][0] != through[1][0]
    assert sorted(through[0][0]) == sorted(through[1][0])


def test_ranks_share_the_training_data(sample_db: str) -> None:
    dataset = ASEAtomsData(sample_db).subset(list(range(10)))
    shares = [list(EpochSampler(dataset, num_replicas=2, rank=rank)) for rank in range(2)]
    assert sorted(shares[0] + shares[1]) == list(range(10))


def test_batches_of_workers_are_those_of_one_process(
    sample_db: str, sample_settings: SpectrumSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def batches(num_workers: int) -> list[dict[str, torch.Tensor]]:
        module = data_module(sample_db, sample_settings, num_train=40, num_val=9, num_workers=num_workers)
        return list(module.train_dataloader())

    for one, other in zip(batches(0), batches(2), strict=True):
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert other[key].dtype == value.dtype
            assert torch.equal(other[key], value), key
    monkeypatch.setattr(torch.Tensor, "pin_memory", torch.Tensor.clone)  # there need not be a GPU
    pinned = pin_memory(PackedBatch.pack(one)).unpack()
    assert all(torch.equal(pinned[key], value) for key, value in one.items())


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_lightning_predicts_with_a_loader_of_ours(sample_db: str, start: str) -> None:
    """It makes the loader anew."""
    dataset = ASEAtomsData(sample_db, transforms=TRANSFORMS).subset([4, 2, 9])
    loader = PackedLoader(RowReader(dataset), batch_size=2, num_workers=1, multiprocessing_context=start)
    batches = Trainer(accelerator="cpu", logger=False, enable_progress_bar=False).predict(Echo(), loader)
    spectra = torch.cat([batch["spectrum"] for batch in batches])
    assert torch.equal(spectra, torch.cat([dataset[row]["spectrum"] for row in range(3)]))


class Echo(LightningModule):
    """Gives back what it is given."""

    def predict_step(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return batch


def test_a_stale_copy_in_the_work_folder_is_refused(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path
) -> None:
    settings = SpectrumSettings(scale=1.0)
    convert_spectra(SAMPLE_STICKS, SAMPLE_STRUCTURES, tmp_path / "sample.db", settings, progress=False)
    with pytest.raises(AtomsDataModuleError, match=r"sample.db is not a copy of .* Remove it, or give another"):
        data_module(sample_db, sample_settings, data_workdir=str(tmp_path))


def test_what_does_not_exist_is_said(sample_db: str, sample_settings: SpectrumSettings) -> None:
    with pytest.raises(IndexError, match="has no row 688"):
        RowReader(ASEAtomsData(sample_db))[688]
    with pytest.raises(FileNotFoundError, match=r"mine.npz: no such split file"):
        data_module(sample_db, sample_settings, split_file="mine.npz")


def test_rows_come_from_the_work_folder(sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path) -> None:
    here = str(shutil.copy(sample_db, tmp_path / "here.db"))
    module = data_module(here, sample_settings, data_workdir=str(tmp_path / "scratch"))
    Path(here).unlink()
    row = module.train_dataloader().dataset[3]
    assert torch.equal(row["spectrum"], ASEAtomsData(sample_db)[module.train_idx[3]]["spectrum"])


@pytest.mark.parametrize("number", range(5))
def test_neighbours_of_molecules_are_those_of_matscipy(number: int) -> None:
    atoms = [random_molecule(7, 12), molecule("C6H6"), Atoms("C"), *(structures()[k] for k in ("crystal", "far apart"))]
    pairs = []
    for neighbour_list in (MoleculeNeighborList(cutoff=3.0), MatScipyNeighborList(cutoff=3.0)):
        inputs = AtomsConverter(neighbour_list, dtype=torch.float64)(atoms[number])
        columns = (inputs["_idx_i"][:, None], inputs["_idx_j"][:, None], inputs["_offsets"])
        pairs.append(sorted(torch.cat(columns, dim=1).tolist()))
    np.testing.assert_allclose(*pairs, atol=1e-12)


def test_large_molecules_have_the_neighbours_of_matscipy(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = AtomsConverter(MoleculeNeighborList(cutoff=3.0))(molecule("C6H6"))
    called, build = [], MatScipyNeighborList._build_neighbor_list

    def record(self: MatScipyNeighborList, numbers: torch.Tensor, *arguments: object) -> tuple[torch.Tensor, ...]:
        called.append(len(numbers))
        return build(self, numbers, *arguments)

    monkeypatch.setattr(MatScipyNeighborList, "_build_neighbor_list", record)
    monkeypatch.setattr(MoleculeNeighborList, "max_atoms", 5)
    other = AtomsConverter(MoleculeNeighborList(cutoff=3.0))(molecule("C6H6"))
    pairs = [set(zip(batch["_idx_i"].tolist(), batch["_idx_j"].tolist(), strict=True)) for batch in (inputs, other)]
    assert pairs[0] == pairs[1]
    assert called == [12]
